import type { DatasetId, PrincipalId, RuleId, TaskId } from '../../../functions/domain/ids.ts';
import type { Dataverse } from '../../../functions/ports/dataverse.ts';
import type { GlobusTask, Permission } from '../../../functions/ports/globus.ts';
import type { Simulation } from '../machinery/simulation.ts';
import { DIRECTORIES, PEOPLE } from '../machinery/site.ts';

/** What operators, outages and other people do to the world beside the product. */

/**
 * Waits, as people do, until something is so.
 * @throws Error when it is not so in time
 */
export async function when(
  sim: Simulation,
  isSo: () => boolean,
  withinSeconds = 3_600,
  everySeconds = 1,
): Promise<void> {
  const deadline = sim.schedule.now + withinSeconds * 1000;
  while (!isSo()) {
    if (sim.schedule.now >= deadline) throw new Error(`it never came to this: ${isSo}`);
    await sim.sleep(everySeconds);
  }
}

/** Something outside holds transfers up for as long as `lasts` takes; then everything may need a while. */
export async function holdUp(sim: Simulation, name: string, lasts: () => Promise<void>): Promise<void> {
  const { circumstances } = sim;
  const disturbed = () => {
    circumstances.disturbedAtSeconds = sim.nowSeconds();
    sim.stirred();
  };
  circumstances.holdUps.add(name);
  disturbed();
  await lasts();
  circumstances.holdUps.delete(name);
  disturbed();
}

/** Globus answers nobody. */
export async function globusIsSilent(sim: Simulation, seconds: number, meanwhile?: () => Promise<void>): Promise<void> {
  await holdUp(sim, 'Globus is silent', async () => {
    const { callsPerWindow } = sim.globus;
    sim.globus.callsPerWindow = 0;
    const over = sim.sleep(seconds);
    await meanwhile?.();
    await over;
    sim.globus.callsPerWindow = callsPerWindow;
  });
}

const METHODS_OF_DATAVERSE: readonly (keyof Dataverse)[] = [
  'whoIs',
  'locks',
  'lock',
  'unlock',
  'listFiles',
  'addFiles',
  'hasPackageFile',
  'uploadLimits',
];

/** Dataverse answers nobody who asks for this dataset. */
export async function dataverseIsDown(sim: Simulation, datasetId: DatasetId, seconds: number): Promise<void> {
  await holdUp(sim, 'Dataverse is down', async () => {
    const { down } = sim.dataverse.of(datasetId);
    for (const method of METHODS_OF_DATAVERSE) down.add(method);
    await sim.sleep(seconds);
    down.clear();
  });
}

/** Somebody else's lock stands on a dataset for as long as `lasts` takes. @returns whether it stood there all the time */
export async function lockedByOthers(
  sim: Simulation,
  datasetId: DatasetId,
  lockType: string,
  lasts: () => Promise<void>,
): Promise<boolean> {
  const { lockList } = sim.dataverse.of(datasetId);
  const lock = { lockType, userName: PEOPLE.operator.userName as never };
  let stood = false;
  await holdUp(sim, `the lock ${lockType}`, async () => {
    lockList.push(lock);
    await lasts();
    stood = lockList.includes(lock);
    if (stood) lockList.splice(lockList.indexOf(lock), 1);
  });
  return stood;
}

/** A rule that somebody makes by hand on a dataset's directory. */
export function makeRuleByHand(
  sim: Simulation,
  datasetId: DatasetId,
  principal: PrincipalId,
  permission: Permission,
): RuleId {
  const ruleId = sim.globus.truth.addRuleByHand(DIRECTORIES[datasetId] ?? '', principal, permission);
  sim.foreignRules.add(ruleId);
  return ruleId;
}

/** Stops everything that runs, as an operator can. */
export function stopExecutions(sim: Simulation): void {
  for (const execution of sim.workflow.executions()) {
    if (execution.status === 'RUNNING') sim.workflow.stop(execution.name);
  }
  // The bounds of liveness count from here: it takes a sweep to find out.
  sim.circumstances.disturbedAtSeconds = sim.nowSeconds();
  keepPace(sim);
}

/** For two hours monitors come at their own pace, also in a world that is quiet otherwise. */
export function keepPace(sim: Simulation): void {
  for (let minutes = 0; minutes <= 120; minutes += 5) sim.schedule.after(minutes * 60_000, sim.stirred);
}

/** A monitor that is not run for a while. */
export async function monitorIsDead(sim: Simulation, functionName: string, seconds: number): Promise<void> {
  await holdUp(sim, `${functionName} is dead`, async () => {
    sim.dead.add(functionName);
    await sim.sleep(seconds);
    sim.dead.delete(functionName);
  });
}

/**
 * The n-th read of a task is answered with something else than the truth; all others are not touched.
 * @param answer - of the truth, what Globus says instead
 */
export function misreadTask(
  sim: Simulation,
  isMeant: (read: number) => boolean,
  answer: (truth: GlobusTask | undefined) => GlobusTask | undefined,
): void {
  const { findTask } = sim.globus;
  let reads = 0;
  sim.globus.findTask = async (...args) => {
    const truth = await findTask(...args);
    reads += 1;
    return isMeant(reads) ? answer(truth) : truth;
  };
}

/** Changes what Globus says of a task, as nobody but Globus can. */
export function changeTask(sim: Simulation, taskId: string, changes: Partial<GlobusTask>): void {
  const task = sim.globus.truth.tasks.get(taskId);
  if (task) sim.globus.truth.tasks.set(taskId, { ...task, ...changes });
  sim.stirred();
}

/** Globus has forgotten a task. @returns what brings it back */
export function forgetTask(sim: Simulation, taskId: string): () => void {
  const { tasks } = sim.globus.truth;
  const task = tasks.get(taskId);
  tasks.delete(taskId);
  return () => {
    if (task) tasks.set(taskId, task);
    sim.globus.resume(taskId as TaskId);
  };
}

/** For so long lists of tasks show none that is submitted from now on, as they may for ten seconds; each can be asked for by its id. */
export function listTasksLate(sim: Simulation, seconds: number): void {
  const { isOwnedBy, listLiveTasks } = sim.globus;
  const from = sim.schedule.now;
  const isShown = (taskId: string) => {
    const submittedAt = sim.globus.work.get(taskId)?.submittedAtMilliseconds ?? 0;
    return submittedAt < from || sim.schedule.now >= submittedAt + seconds * 1000;
  };
  sim.globus.isOwnedBy = async (...args) => isShown(args[1].taskId) && isOwnedBy(...args);
  sim.globus.listLiveTasks = async (...args) => (await listLiveTasks(...args)).filter(({ taskId }) => isShown(taskId));
}

/** The next list of access rules is on its way until something is so. */
export function holdUpNextList(sim: Simulation, until: () => boolean): void {
  const { listAccessRules } = sim.globus;
  const isFirst = once();
  sim.globus.listAccessRules = async (...args) => {
    if (isFirst()) await when(sim, until, 60, 0.005);
    return listAccessRules(...args);
  };
}

/** The next write of the only rule's row is on its way until another one has overtaken it. */
export function overtakeNextRowWrite(sim: Simulation): void {
  const { putNext } = sim.rulesTable;
  const isFirst = once();
  sim.rulesTable.putNext = async (item) => {
    if (isFirst()) await when(sim, () => sim.rows()[0]?.version === item['version'], 60, 0.005);
    return putNext(item);
  };
}

function once(): () => boolean {
  let isFirst = true;
  return () => {
    const answer = isFirst;
    isFirst = false;
    return answer;
  };
}
