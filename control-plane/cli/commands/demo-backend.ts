import { hostname } from 'node:os';
import { Command } from 'commander';
import { formatHostPort, parseHostPort } from '../../address.ts';
import { type CliContext, usage } from '../context.ts';
import { firstSignal } from '../signals.ts';

type Options = { readonly listen: string; readonly name?: string };

/** `penstock demo-backend`: something to send requests to, for trying a fleet out. */
export function demoBackendCommand(context: CliContext): Command {
  return new Command('demo-backend')
    .description('run a small web server that answers with its name, to try a fleet out')
    .option('--listen <host:port>', 'where it answers', '127.0.0.1:9001')
    .option('--name <name>', "what it answers with (default: the host's name)")
    .action(async ({ listen, name = hostname() }: Options) => {
      const address = parseHostPort(listen);
      if (address === undefined) throw usage(`--listen ${listen}: want HOST:PORT`);
      // Here and not above: other commands start sooner without a web server.
      const { demoBackend } = await import('../demo.ts');
      const backend = demoBackend(name, address.host, address.port);
      await backend.start();
      context.out(`${name} answers on ${formatHostPort(address)}\n`);
      await firstSignal(context);
      await backend.stop();
    });
}
