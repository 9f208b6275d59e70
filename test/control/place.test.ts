import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { controlSocket } from '../../src/control/control-socket.ts';
import { allPlaces, pathsOfName, placeOf } from '../../src/control/place.ts';
import { checkPrivate, runtimeFolders } from '../../src/control/runtime-folder.ts';
import { OptionError } from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'place-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe('the place of a control socket', () => {
  it('is in the runtime folder of the user, or in one for temporary files', () => {
    vi.stubEnv('XDG_RUNTIME_DIR', folder);
    expect(placeOf(true)).toMatchObject({
      name: `${process.pid}`,
      path: join(folder, 'inversify-lifecycle', `${process.pid}.sock`),
    });
    expect(placeOf('shop')).toMatchObject({ name: 'shop', path: join(folder, 'inversify-lifecycle', 'shop.sock') });
    const temporary = join(tmpdir(), `inversify-lifecycle-${process.getuid?.()}`);
    expect(pathsOfName('shop')[1]).toBe(join(temporary, 'shop.sock'));
    for (const none of ['', 'relative', join(folder, 'nothing')])
      expect(runtimeFolders({ XDG_RUNTIME_DIR: none })).toEqual([temporary]);
  });

  it('can be given as a path', () => {
    expect(placeOf('./shop.sock').path).toBe(join(process.cwd(), 'shop.sock'));
  });

  it.each([
    [4711, "control must be true, or a name like 'shop', got 4711"],
    ['', "control must be true, a name like 'shop', or a path like './shop.sock', got ''"],
    ['4711', "got '4711'"],
    ['a shop', "got 'a shop'"],
    [`/${'x'.repeat(120)}`, 'is too long for the path of a socket'],
  ])('%o is refused', (control, text) => {
    expect(() => controlSocket(control as string)).toThrow(OptionError);
    expect(() => controlSocket(control as string)).toThrow(text);
  });

  it('is made private, and gone when nothing is in it', () => {
    vi.stubEnv('XDG_RUNTIME_DIR', folder);
    const place = placeOf('shop');
    place.prepare();
    expect(statSync(join(folder, 'inversify-lifecycle')).mode & 0o777).toBe(0o700);
    writeFileSync(place.path, '');
    expect([...allPlaces()]).toContainEqual(['shop', place.path]);
    place.leave();
    expect(statSync(place.path).isFile()).toBe(true);
    rmSync(place.path);
    place.leave();
    expect(() => statSync(join(folder, 'inversify-lifecycle'))).toThrow('ENOENT');
  });

  it('must be in a folder that nobody else can use', () => {
    const own = join(folder, 'own');
    mkdirSync(own, { mode: 0o700 });
    expect(() => checkPrivate(own)).not.toThrow();
    symlinkSync(own, join(folder, 'link'));
    expect(() => checkPrivate(join(folder, 'link'))).toThrow('is no directory');
    chmodSync(own, 0o750);
    expect(() => checkPrivate(own)).toThrow('is open to others (mode 0750)');
    vi.spyOn(process, 'getuid').mockReturnValue(4_711);
    expect(() => checkPrivate(own)).toThrow('belongs to another user');
    vi.restoreAllMocks();
    chmodSync(own, 0o777);
    expect(() => placeOf(join(own, 'x.sock')).prepare()).toThrow('can be written by others (mode 0777)');
    // As /tmp is.
    chmodSync(own, 0o1777);
    expect(() => placeOf(join(own, 'x.sock')).prepare()).not.toThrow();
  });

  it('says how to make a folder that is missing, and those that it is in', () => {
    const missing = join(folder, 'none', 'here');
    expect(() => placeOf(join(missing, 'x.sock')).prepare()).toThrow(
      `control: there is no folder ${missing} for the socket; write mkdir -p -m 700 ${missing}`,
    );
    execFileSync('mkdir', ['-p', '-m', '700', missing]);
    expect(() => placeOf(join(missing, 'x.sock')).prepare()).not.toThrow();
  });
});
