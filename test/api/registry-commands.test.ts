/** `portico registry`, run as an operator runs it: a process with settings, its output and its exit code. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../checks/scratch-repository.ts';
import { startTestApp, type TestApp } from '../harness/app.ts';
import type { SeededStaff } from '../harness/seed.ts';
import { act, create, noticeContent, refusals } from './staff-door.ts';

let gateway: TestApp;
let folder: string;
let author: SeededStaff;
let importer: SeededStaff;

beforeAll(async () => {
  gateway = await startTestApp();
  folder = await mkdtemp(join(tmpdir(), 'portico-registry-'));
  [author, importer] = [await gateway.seed.staff('API_STEWARD'), await gateway.seed.staff('API_STEWARD')];
});
afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
});

function registry(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(repositoryRoot, 'bin/portico.js'), 'registry', ...args], {
    env: { PATH: process.env['PATH'], DATABASE_URL: gateway.database.serviceUrl, DATABASE_OWNER_URL: gateway.database.ownerUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise(resolve => child.once('close', code => resolve({ code, stdout, stderr })));
}

test('what was exported is imported as drafts of a steward, once, and another person approves them', async () => {
  const noticeId = await create(author, noticeContent(gateway.clock.now(), { coordinate: 'Milestone.criteria' }));
  const exported = await registry('export');
  expect({ code: exported.code, stderr: exported.stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(exported.stdout).notices.map((notice: { coordinate: string }) => notice.coordinate)).toEqual(
    expect.arrayContaining(['Milestone.criteria', 'Milestone.benefit']),
  );
  // Here it stands no longer: it was sent back.
  await act(author, 'submitDeprecationNotice', { noticeId });
  await act(importer, 'rejectDeprecationNotice', { noticeId });
  const file = join(folder, 'registry.json');
  await writeFile(file, exported.stdout);
  const imported = await registry('import', file, '--staff', importer.staffId, '--reason', 'A move.');
  expect({ code: imported.code, stderr: imported.stderr }).toEqual({ code: 0, stderr: '' });
  expect(imported.stdout).toMatch(/^imported +1\nnotices +dpn_\w+\n$/);
  const draft = /dpn_\w+/.exec(imported.stdout)![0];
  await act(importer, 'submitDeprecationNotice', { noticeId: draft });
  expect(refusals(await act(importer, 'approveDeprecationNotice', { noticeId: draft }))).toEqual(['OWN_WORK']);
  const again = await registry('import', file, '--staff', importer.staffId, '--reason', 'Again.');
  expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('stands here already') });
});

test.each([
  ['a person who is no steward', 'stf_nobody', 'is no active API steward'],
  ['a file that is not there', '', 'cannot be read'],
])('%s is refused with a line that says so', async (_title, staffId, message) => {
  const file = join(folder, staffId === '' ? 'nowhere.json' : 'some.json');
  if (staffId !== '') await writeFile(file, '{}');
  const answer = await registry('import', file, '--staff', staffId || importer.staffId, '--reason', 'A move.');
  expect(answer).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
});
