import { askForPaths, download, reportUntilAccepted, reportUpload, submitUpload, upload } from '../actors/journeys.ts';
import { DRAFT, PEOPLE, PUBLISHED } from '../machinery/site.ts';
import { registeredIn, statesOf, statusesOf } from './looking-back.ts';
import { must, type Scenario } from './scenario.ts';

const { curator, colleague } = PEOPLE;

/**
 * The stories that are told with every single fault at every single call: together they walk through every step of a transfer. None takes longer
 * than it must.
 */
export const BASE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'an upload is granted, reported, followed, released, registered and closed',
    plays: ['F-23', 'F-27'],
    async play(sim) {
      const done = await upload(sim, curator, { datasetId: DRAFT });
      if (done?.reply.status !== 200) return;
      await reportUpload(sim, curator, done.granted, done.taskId);
    },
    after(sim) {
      must(registeredIn(sim, DRAFT) === 2, 'both files are registered');
      must(statesOf(sim) === 'CLOSED', `the transfer is closed: ${statesOf(sim)}`);
      must(statusesOf(sim, 'add-globus-files') === '200 200', 'the same report again gets the same answer');
    },
  },
  {
    name: 'a grant that nobody uses loses its rule when its lease is over',
    plays: ['F-13', 'F-16'],
    async play(sim) {
      await askForPaths(sim, curator, DRAFT);
    },
    after: (sim) => must(/^(EXPIRED ?|REFUSED ?)*$/.test(statesOf(sim)), `it is over: ${statesOf(sim)}`),
  },
  {
    name: 'an upload that is reported only after its lease keeps its rule while its task lives, and is registered',
    plays: ['F-14', 'F-34'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT);
      if (!granted) return;
      await sim.sleep(280);
      const taskId = submitUpload(sim, curator, [granted], { pace: 60_000 });
      await sim.sleep(60);
      await reportUntilAccepted(sim, curator, granted, taskId);
    },
  },
  {
    name: 'two uploads of one identity share a rule, which goes with the last of them',
    plays: ['F-05', 'F-10', 'F-31', 'F-33', 'F-55', 'F-56'],
    async play(sim) {
      await Promise.all([
        upload(sim, curator, { datasetId: DRAFT, files: 1, task: { pace: 3_000 } }),
        upload(sim, curator, { datasetId: DRAFT, files: 1, task: { pace: 40_000 } }),
      ]);
    },
  },
  {
    name: 'a download is granted, reported, followed and released',
    plays: ['F-12'],
    async play(sim) {
      await download(sim, PEOPLE.reader, { datasetId: PUBLISHED });
    },
  },
  {
    name: 'an upload joins the rule of a download of the same identity, which is raised and stays until both are over',
    plays: ['F-12'],
    async play(sim) {
      await Promise.all([
        download(sim, curator, { datasetId: PUBLISHED, task: { pace: 30_000 } }),
        sim.sleep(2).then(() => upload(sim, curator, { datasetId: PUBLISHED, files: 1 })),
      ]);
    },
  },
  {
    name: 'a report that Globus cannot check is accepted, proven later, and then locked and registered',
    plays: ['F-26'],
    async play(sim) {
      const granted = await askForPaths(sim, curator, DRAFT);
      if (!granted) return;
      await sim.sleep(3);
      const taskId = submitUpload(sim, curator, [granted]);
      sim.globus.callsPerWindow = 0;
      await reportUpload(sim, curator, granted, taskId);
      await sim.sleep(30);
      sim.globus.callsPerWindow = 200;
      sim.stirred();
    },
  },
  {
    name: 'two grants report one task, whose lock goes with the last of them',
    plays: ['F-24'],
    async play(sim) {
      const first = await askForPaths(sim, curator, DRAFT, { files: 1 });
      await sim.sleep(1);
      const second = await askForPaths(sim, curator, DRAFT, { files: 1 });
      if (!first || !second) return;
      const taskId = submitUpload(sim, curator, [first, second], { pace: 8_000 });
      await Promise.all([
        reportUntilAccepted(sim, curator, first, taskId),
        sim.sleep(1).then(() => reportUntilAccepted(sim, curator, second, taskId)),
      ]);
      // Another's report of the same task is a conflict, and changes nothing.
      await reportUpload(sim, colleague, first, taskId);
    },
    after: (sim) =>
      must(/^200 200 40[39]$/.test(statusesOf(sim, 'add-globus-files')), statusesOf(sim, 'add-globus-files')),
  },
];
