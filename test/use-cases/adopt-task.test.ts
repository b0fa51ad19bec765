import { describe, expect, it } from 'vitest';
import type { GrantedPaths } from '../../functions/use-cases/grant-upload.ts';
import { OTHER_TASK, PRINCIPAL, SECOND_PRINCIPAL, TASK } from '../support/builders.ts';
import {
  expectNothingLeft,
  expiredGrant,
  followAll,
  recordOf,
  registered,
  successorOf,
} from '../support/late-reports.ts';
import { destinations, report } from '../support/reporting.ts';
import { asked, OPERATOR, reasonsInTrail, retry } from '../support/steering.ts';
import { grant, type World } from '../support/world.ts';

const ADOPTION = { taskId: TASK, files: undefined };

/** A grant that is over, and the task that had moved its files all the same. */
async function unreported() {
  const expired = await expiredGrant();
  expired.world.globus.submit(TASK);
  expired.world.globus.finish(TASK, destinations(expired.paths));
  return expired;
}

/** Globus shows where the copied files came from. */
function showSources(world: World, ...sourcePaths: readonly (string | null)[]): void {
  const copied = world.globus.copied.get(TASK) ?? [];
  world.globus.copied.set(
    TASK,
    copied.map((file, index) => ({ ...file, sourcePath: sourcePaths[index] ?? null })),
  );
}

const filesOf = (paths: GrantedPaths) =>
  paths.map(([storageIdentifier], index) => ({ storageIdentifier, fileName: `told${index}.dat` }));

const names = (world: World) => world.dataverse.files.map((file) => file.fileName);

describe('adopting a task that was never reported', () => {
  it('reports what it has put at the paths of the grant, by the names at their source', async () => {
    const { world, transferId } = await unreported();
    showSources(world, '/home/ada/runs/one.nc', '/home/ada/runs/größe.nc');
    const answer = await retry(world.ports, asked(world, transferId, OPERATOR), ADOPTION);
    const successor = successorOf(world, transferId);
    expect(answer).toMatchObject({ transferId: successor.transferId, state: 'BOUND' });
    expect(successor).toMatchObject({ userName: 'curator', bound: { taskId: TASK, fileCount: 2 } });
    expect(reasonsInTrail(world, transferId)).toContain(`admin reports task ${TASK} for curator`);
    await followAll(world);
    expect(names(world)).toEqual(['one.nc', 'größe.nc']);
    expectNothingLeft(world);
  });

  it('takes the files that it is told, as addGlobusFiles does', async () => {
    const { world, paths, transferId } = await unreported();
    await retry(world.ports, asked(world, transferId), { taskId: TASK, files: filesOf(paths) });
    await followAll(world);
    expect(names(world)).toEqual(['told0.dat', 'told1.dat']);
  });

  it('repeated, says that it is under way, and after its end that nothing is left', async () => {
    const { world, paths, transferId } = await unreported();
    const adoption = { taskId: TASK, files: filesOf(paths) };
    const first = await retry(world.ports, asked(world, transferId), adoption);
    expect(await retry(world.ports, asked(world, transferId), adoption)).toMatchObject({
      transferId: first.transferId,
    });
    await followAll(world);
    await expect(retry(world.ports, asked(world, transferId), adoption)).rejects.toMatchObject({ kind: 'conflict' });
    expect(registered(world)).toHaveLength(2);
  });

  it('asks for names that Globus does not show', async () => {
    const { world, paths, transferId } = await unreported();
    showSources(world, '/home/ada/one.nc', null);
    const refused = retry(world.ports, asked(world, transferId), ADOPTION);
    await expect(refused).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(paths[1]?.[0] ?? ''),
    });
    expect(world.ports.claims.items()).toEqual([]);
  });

  it('does not guess while the task runs, and adopts it with a list', async () => {
    const { world, paths, transferId } = await expiredGrant();
    world.globus.submit(TASK);
    const refused = retry(world.ports, asked(world, transferId), ADOPTION);
    await expect(refused).rejects.toThrow(/has not ended/);
    await retry(world.ports, asked(world, transferId), { taskId: TASK, files: filesOf(paths) });
    expect(successorOf(world, transferId)).toMatchObject({ state: 'BOUND' });
    expect(world.globus.rules).toHaveLength(1);
  });

  it.each([
    { why: 'another identity owns it', changes: { ownerId: SECOND_PRINCIPAL }, kind: 'forbidden' },
    { why: 'it went elsewhere', changes: { destinationCollectionId: PRINCIPAL }, kind: 'forbidden' },
    { why: 'it was submitted before the grant', changes: { requestedAtEpochSeconds: 1 }, kind: 'forbidden' },
  ])('refuses a task when $why, and writes nothing', async ({ changes, kind }) => {
    const { world, paths, transferId } = await unreported();
    world.globus.submit(TASK, { status: 'SUCCEEDED', ...changes });
    const before = recordOf(world, transferId);
    const adoption = { taskId: TASK, files: filesOf(paths) };
    await expect(retry(world.ports, asked(world, transferId), adoption)).rejects.toMatchObject({ kind });
    expect(recordOf(world, transferId)).toEqual(before);
  });

  it('knows no task that Globus does not know, and waits for a Globus that does not answer', async () => {
    const { world, transferId } = await unreported();
    const unknown = { taskId: OTHER_TASK, files: undefined };
    await expect(retry(world.ports, asked(world, transferId), unknown)).rejects.toMatchObject({ kind: 'missing' });
    world.globus.down.add('findTask');
    await expect(retry(world.ports, asked(world, transferId), ADOPTION)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('refuses a task that has put nothing at its paths, and files of another transfer', async () => {
    const { world, transferId } = await unreported();
    world.clock.advance(1_000);
    const others = await grant(world.ports);
    const foreign = { taskId: TASK, files: filesOf(others) };
    await expect(retry(world.ports, asked(world, transferId), foreign)).rejects.toThrow(/is of another transfer/);
    world.globus.finish(TASK, destinations(others));
    await expect(retry(world.ports, asked(world, transferId), ADOPTION)).rejects.toThrow(/has put no file/);
  });

  it('refuses a task that was reported for another grant already', async () => {
    const { world, transferId } = await unreported();
    world.clock.advance(1_000);
    const others = await grant(world.ports, { userName: OPERATOR });
    expect(others).toHaveLength(2);
    const [other] = world.ports.transfers.records().filter((record) => record.transferId !== transferId);
    await world.ports.claims.create({
      schemaVersion: 1,
      taskId: TASK,
      birthId: 'birth',
      version: 1,
      datasetId: '30' as never,
      userName: OPERATOR,
      principal: PRINCIPAL,
      transfers: {},
      collectionId: other?.collectionId as never,
      checkAtEpochSeconds: null,
    });
    showSources(world, '/one.nc', '/two.nc');
    await expect(retry(world.ports, asked(world, transferId), ADOPTION)).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('works for a grant whose lease still runs', async () => {
    const { world } = await expiredGrant();
    world.clock.advance(1_000);
    const paths = await grant(world.ports);
    const granted = world.ports.transfers.records().find((record) => record.state === 'GRANTED');
    world.globus.submit(TASK);
    if (!granted) throw new Error('no grant');
    const adoption = { taskId: TASK, files: filesOf(paths) };
    expect(await retry(world.ports, asked(world, granted.transferId), adoption)).toMatchObject({
      transferId: granted.transferId,
      state: 'BOUND',
    });
    await expect(report(world.ports, paths)).rejects.toMatchObject({ kind: 'conflict' });
  });
});
