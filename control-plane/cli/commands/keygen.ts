import { existsSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { generateKeyPair } from '#shared/snapshot/signature.ts';
import { type CliContext, CliFailure } from '../context.ts';

/** `penstock keygen`: the key that replicas sign configurations with, and the one nodes trust. */
export function keygenCommand(context: CliContext): Command {
  return new Command('keygen')
    .description('make an Ed25519 key to sign configurations with, and its public half for the nodes')
    .argument('<file>', 'where the private key goes; FILE.pub is the public one')
    .action((file: string) => {
      const publicFile = `${file}.pub`;
      for (const path of [file, publicFile]) {
        if (existsSync(path)) throw new CliFailure(`${path} exists already; a key is never overwritten`);
      }
      const { keyId, privatePem, publicPem } = generateKeyPair();
      try {
        writeFileSync(file, privatePem, { mode: 0o600, flag: 'wx' });
        writeFileSync(publicFile, publicPem, { flag: 'wx' });
      } catch (err) {
        throw new CliFailure(`the key cannot be written: ${err instanceof Error ? err.message : err}`);
      }
      context.out(`key ${keyId}: ${file} for control-plane --signing-key, ${publicFile} for node --trust-key\n`);
    });
}
