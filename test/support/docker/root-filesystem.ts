import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What goes into an image that is made of this machine's own programs. */
export type RootFilesystem = {
  /** Place in the image to the program on this machine; its shared libraries come along. */
  readonly programs: Readonly<Record<string, string>>;
  /** Further files and folders, place in the image to path here; those that are missing here are left out. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links, place in the image to target. */
  readonly links?: Readonly<Record<string, string>>;
  /** Dockerfile instructions of the image: `ENTRYPOINT`, `USER`… */
  readonly changes: readonly string[];
};

/** The user that services in test images run as. */
const USER = { id: 65532, name: 'service' } as const;

/** Makes an image from programs of this machine: for tests where no registry can be reached. */
export async function importImage(
  name: string,
  { programs, files = {}, links = {}, changes }: RootFilesystem,
): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'penstock-image-'));
  const copy = (from: string, place: string) => {
    const to = join(root, place);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(realpathSync(from), to, { recursive: true, dereference: false, verbatimSymlinks: true });
  };
  try {
    for (const folder of ['tmp', 'data', 'etc', 'proc', 'sys', 'dev']) mkdirSync(join(root, folder));
    writeFileSync(
      join(root, 'etc/passwd'),
      `root:x:0:0:root:/root:/bin/sh\n${USER.name}:x:${USER.id}:${USER.id}::/data:/bin/sh\n`,
    );
    writeFileSync(join(root, 'etc/group'), `root:x:0:\n${USER.name}:x:${USER.id}:\n`);
    writeFileSync(join(root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
    for (const [place, program] of Object.entries(programs)) {
      copy(program, place);
      for (const library of await librariesOf(program)) if (!existsSync(join(root, library))) copy(library, library);
    }
    for (const [place, path] of Object.entries(files)) if (existsSync(path)) copy(path, place);
    await run('chmod', ['1777', join(root, 'tmp'), join(root, 'data')]);
    for (const [place, target] of Object.entries(links)) {
      mkdirSync(dirname(join(root, place)), { recursive: true });
      await run('ln', ['-s', target, join(root, place)]);
    }
    const archive = `${root}.tar`;
    try {
      await run('tar', ['-C', root, '-cf', archive, '.']);
      await run('docker', ['import', ...changes.flatMap((change) => ['--change', change]), archive, name]);
    } finally {
      rmSync(archive, { force: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Paths of a program's shared libraries and its loader, as the program asks for them. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program]).catch((err: { stdout?: string }) => {
    // A static program, or a script.
    return { stdout: err.stdout ?? '' };
  });
  const libraries = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path = '']) => path);
  // Names are looked up through these, which no program names.
  const resolver = ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'];
  const [libc] = libraries.filter((path) => basename(path) === 'libc.so.6');
  const beside =
    libc === undefined ? [] : resolver.map((name) => join(dirname(libc), name)).filter((path) => existsSync(path));
  return [...new Set([...libraries, ...beside])];
}
