import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { programOf } from '../program.ts';
import { importImage, type RootFilesystem } from './root-filesystem.ts';

const run = promisify(execFile);

/** How long a registry may take before it counts as out of reach. */
const PULL_TIMEOUT_MS = 120_000;

type ImageName = 'redis' | 'nats' | 'node';

type ImageSource = {
  /** Setting that names the image. */
  readonly setting: string;
  readonly publicImage: string;
  readonly localImage: string;
  /** How it is made of Debian's programs where no registry can be reached. */
  readonly local: () => Promise<RootFilesystem>;
};

const SOURCES: Readonly<Record<ImageName, ImageSource>> = {
  redis: {
    setting: 'PENSTOCK_TEST_REDIS_IMAGE',
    publicImage: 'redis:7.4-bookworm',
    localImage: 'penstock-test/redis:debian',
    local: async () => {
      await install('redis-server', 'redis-server');
      return {
        programs: {
          '/usr/bin/redis-server': programOf('redis-server', 'redis-server'),
          '/usr/bin/redis-cli': programOf('redis-cli', 'redis-tools'),
        },
        changes: [
          'ENV PATH=/usr/bin',
          'WORKDIR /data',
          'CMD ["redis-server","--bind","0.0.0.0","--protected-mode","no"]',
        ],
      };
    },
  },
  nats: {
    setting: 'PENSTOCK_TEST_NATS_IMAGE',
    publicImage: 'nats:2.12-alpine',
    localImage: 'penstock-test/nats:debian',
    local: async () => {
      await install('nats-server', 'nats-server');
      return {
        programs: { '/usr/bin/nats-server': programOf('nats-server', 'nats-server') },
        changes: ['ENV PATH=/usr/bin', 'ENTRYPOINT ["nats-server"]'],
      };
    },
  },
  node: {
    setting: 'PENSTOCK_TEST_NODE_IMAGE',
    publicImage: 'node:26-bookworm-slim',
    localImage: 'penstock-test/node:debian',
    local: async () => {
      return {
        // This process is the Node that the image is to have.
        programs: {
          '/usr/local/bin/node': process.execPath,
          '/bin/sh': '/bin/sh',
          ...Object.fromEntries(
            ['env', 'mkdir', 'chown', 'cat', 'sleep', 'ls', 'rm'].map((name) => [
              `/usr/bin/${name}`,
              programOf(name, 'coreutils'),
            ]),
          ),
        },
        files: {
          '/usr/local/lib/node_modules/npm': npmFolder(),
          '/etc/ssl/certs/ca-certificates.crt': '/etc/ssl/certs/ca-certificates.crt',
        },
        links: { '/usr/local/bin/npm': '../lib/node_modules/npm/bin/npm-cli.js' },
        changes: [
          'ENV PATH=/usr/local/bin:/usr/bin:/bin',
          'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
          'CMD ["node"]',
        ],
      };
    },
  },
};

const resolved = new Map<ImageName, Promise<string>>();

/**
 * Name of an image that the engine has: the one a setting names, else the public one, else one made here of Debian's programs.
 * The engine must answer (`ensureDockerEngine`).
 */
export function image(name: ImageName): Promise<string> {
  const known = resolved.get(name) ?? resolve(SOURCES[name]);
  resolved.set(name, known);
  return known;
}

async function resolve({ setting, publicImage, localImage, local }: ImageSource): Promise<string> {
  const named = process.env[setting];
  if (named !== undefined && named !== '') {
    if (!(await has(named)) && !(await pull(named)))
      throw new Error(`${setting}=${named}: the engine neither has it nor can pull it`);
    return named;
  }
  for (const candidate of [publicImage, localImage]) if (await has(candidate)) return candidate;
  if (await pull(publicImage)) return publicImage;
  await importImage(localImage, await local());
  return localImage;
}

async function has(name: string): Promise<boolean> {
  return run('docker', ['image', 'inspect', name]).then(
    () => true,
    () => false,
  );
}

async function pull(name: string): Promise<boolean> {
  return run('docker', ['pull', '--quiet', name], { timeout: PULL_TIMEOUT_MS }).then(
    () => true,
    () => false,
  );
}

async function install(program: string, debianPackage: string): Promise<void> {
  try {
    programOf(program, debianPackage);
  } catch {
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', debianPackage], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
}

/** Where the npm that this machine runs lives: `…/npm/bin/npm-cli.js` is what its command points to. */
function npmFolder(): string {
  return dirname(dirname(realpathSync(programOf('npm', 'npm'))));
}
