/**
 * Deliberate errors in the product, each of which the simulation must find: what it does not find it would not find in an honest mistake either.
 * The first sixteen are those of limits-and-threats.md section 5, the others our own.
 */
export interface Mutant {
  readonly name: string;
  /** What the product does wrong with it. */
  readonly does: string;
  readonly changes: readonly Change[];
}

/** A text of a source file that is there once, and what stands in its place. */
export interface Change {
  /** Below `functions/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const change = (file: string, from: string, to: string): Change => ({ file, from, to });

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'null-status-is-done',
    does: 'takes a status that it does not know, or none at all, for the end of the task',
    changes: [
      change(
        'use-cases/look-at-task.ts',
        "if (first.kind !== 'task' || !outcomeOf(first.task)) return first;",
        "if (first.kind === 'missing') return { kind: 'task', task: { status: 'SUCCEEDED', fatalError: null } as never };\n  if (first.kind !== 'task' || !outcomeOf(first.task)) return first;",
      ),
    ],
  },
  {
    name: 'no-holder-count',
    does: 'takes the rule away when any holder lets go',
    changes: [
      change('domain/access-rule.ts', 'const isLast = Object.keys(holders).length === 0;', 'const isLast = true;'),
      change('use-cases/release-rule.ts', "if (!isLast) return { kind: 'held-by-others' };", ''),
    ],
  },
  {
    name: 'revoke-before-re-check',
    does: 'ends a lease without a look at live tasks',
    changes: [
      change(
        'use-cases/end-lease.ts',
        'const live = await findLiveTasks(ports, record);',
        'const live: readonly LiveTask[] = record.secondLookAtEpochSeconds === null ? [] : await findLiveTasks(ports, record);',
      ),
    ],
  },
  {
    name: 'id-saved-after-create-only',
    does: 'does not note that a create call is about to be made',
    changes: [
      change(
        'use-cases/create-rule.ts',
        'nextRow(row, { attemptId, createUnsettledUntilEpochSeconds }, now)',
        'nextRow(row, { attemptId, createUnsettledUntilEpochSeconds: hadOpenCall ? createUnsettledUntilEpochSeconds : null }, now)',
      ),
    ],
  },
  {
    name: 'ttl-as-lease',
    does: 'leaves a grant that nobody reports to the time to live of its items',
    changes: [
      change(
        'use-cases/end-lease.ts',
        "    await taken.write(\n      { state: 'EXPIRING', secondLookAtEpochSeconds: null },",
        "    await taken.giveBack({ state: 'EXPIRING' }, 'DynamoDB will remove it');\n    await taken.giveBack({ state: 'EXPIRED' }, 'DynamoDB will remove it');\n    if (taken.record.version > 0) return { next: 'DONE', waitSeconds: 0 };\n    await taken.write(\n      { state: 'EXPIRING', secondLookAtEpochSeconds: null },",
      ),
    ],
  },
  {
    name: 'non-conditional-expiry',
    does: 'writes headers whatever is there',
    changes: [
      change(
        'adapters/dynamodb/transfer-store.ts',
        'write: (record) => table.putNext(toItem(record)),',
        'write: async (record) => {\n      await table.put(toItem(record));\n      return true;\n    },',
      ),
    ],
  },
  {
    name: 'add-files-retried-blindly',
    does: 'sends a batch without an answer again at once, with all its files',
    changes: [
      change(
        'use-cases/register-files.ts',
        'if (await isBatchStillRunning(ports, taken.record, now)) {',
        'if (now < 0) {',
      ),
      change('use-cases/register-files.ts', 'const present = new Set([...listed, ', 'const present = new Set(['),
    ],
  },
  {
    name: 'unlock-without-type',
    does: 'takes every lock off the dataset, whoever placed it',
    changes: [
      change(
        'use-cases/lock-dataset.ts',
        '.filter((lock) => lock.userName === service && item.lockTypes.includes(lock.lockType))',
        '.filter((lock) => lock.userName !== undefined && service !== undefined)',
      ),
    ],
  },
  {
    name: 'owner-by-equality',
    does: 'takes only tasks of the very identity that was granted, not of one linked to it',
    changes: [
      change(
        'use-cases/verify-task.ts',
        'return ports.globus.isOwnedBy(collectionId, task, principal, withinMilliseconds);',
        'return Promise.resolve(collectionId !== undefined && withinMilliseconds !== -1 && task.ownerId === principal && ports !== undefined);',
      ),
    ],
  },
  {
    name: 'token-saved-after-check',
    does: 'looks whether the report is there before it saves the token of the step that waits for it',
    changes: [
      change(
        'use-cases/await-report.ts',
        '  const record = await changeWhenFree(',
        '  const seen = await ports.transfers.read(transferId);\n  const record = await changeWhenFree(',
      ),
      change(
        'use-cases/await-report.ts',
        'const due = nextStep(record, now);',
        'const due = nextStep(seen ?? record, now);',
      ),
    ],
  },
  {
    name: 'timestamp-in-execution-input',
    does: 'puts the time into the input of an execution, so that starting it twice is not the same',
    changes: [
      change(
        'workflow/payload.ts',
        'return JSON.stringify({ transferId, executionNumber });',
        'return JSON.stringify({ transferId, executionNumber, startedAt: performance.now() });',
      ),
    ],
  },
  {
    name: 'poisoned-batch-dropped',
    does: 'gives up all transfers of a minute because Globus refuses to talk about one of them',
    changes: [
      change('use-cases/monitor-tasks.ts', "    return 'failed';\n", '    throw error;\n'),
      change(
        'use-cases/monitor-tasks.ts',
        '  await forEachAtOnce(worthALook, CONFIRMED_AT_ONCE, async (transfer) => {\n    if (!limit.hasTime()) counts.leftForNextRun += 1;\n    else counts[await callIfEnded(ports, collectionId, transfer)] += 1;\n  });',
        '  for (const transfer of worthALook) counts[await callIfEnded(ports, collectionId, transfer)] += 1;\n  if (!limit.hasTime() && CONFIRMED_AT_ONCE === 0) return forEachAtOnce([], 1, async () => undefined);',
      ),
    ],
  },
  {
    name: 'sweep-decides-on-the-index',
    does: 'takes a holder out because the index does not show its transfer',
    changes: [
      change(
        'use-cases/release-spent-row.ts',
        "if (header && !isFinal(header.state)) return 'open';",
        "if (header && isFinal(header.state) && header.version < 0) return 'open';",
      ),
    ],
  },
  {
    name: 'closed-before-proof',
    does: 'removes the row of a rule without a list that shows the rule gone',
    changes: [
      change(
        'use-cases/release-rule.ts',
        '    const listed = await findRules(ports, row);\n    const ours',
        '    const listed: Awaited<ReturnType<typeof findRules>> = [];\n    const ours',
      ),
      change(
        'use-cases/release-rule.ts',
        'const outcome = await ports.globus.deleteAccessRule({ collectionId, ruleId });',
        "const outcome = await ports.globus.deleteAccessRule({ collectionId, ruleId }).catch(() => 'unclear');",
      ),
    ],
  },
  {
    name: 'inactive-is-failed',
    does: 'takes a suspended task for one that has failed',
    changes: [
      change(
        'use-cases/look-at-task.ts',
        '    const outcome = outcomeOf(look.task);\n',
        "    const outcome = outcomeOf(look.task.status === 'INACTIVE' ? { ...look.task, status: 'FAILED' } : look.task);\n",
      ),
    ],
  },
  {
    name: 'new-code-only-state-shape',
    does: 'takes only payloads of the present definition, not those of executions that began before the deployment',
    changes: [
      change('workflow/payload.ts', 'executionNumber: z.optional(z.number()),', 'executionNumber: z.number(),'),
    ],
  },
  {
    name: 'lock-before-its-item',
    does: 'locks the dataset before it notes so',
    changes: [
      change(
        'use-cases/lock-dataset.ts',
        '  const intent = await writeLockIntent(ports, request, GLOBUS_UPLOAD_LOCK);\n  await placeLock(',
        '  await ports.dataverse.lock(request.datasetId, GLOBUS_UPLOAD_LOCK);\n  const intent = await writeLockIntent(ports, request, GLOBUS_UPLOAD_LOCK);\n  await placeLock(',
      ),
    ],
  },
  {
    name: 'claim-left-out',
    does: 'binds a report without claiming its task',
    changes: [change('use-cases/bind-report.ts', '    await claimTask(ports, taken.record, report);\n', '')],
  },
  {
    name: 'row-removed-too-early',
    does: 'removes the row of a rule while a create call may still land',
    changes: [change('use-cases/release-rule.ts', 'if (isCreateUnsettled(row, now)) {', 'if (now < 0) {')],
  },
  {
    name: 'no-second-look-at-leases',
    does: 'ends a lease without looking once more after the rule was taken',
    changes: [
      change(
        'use-cases/end-lease.ts',
        'if (record.secondLookAtEpochSeconds === null || lookedAt < secondLookAt) {',
        'if (lookedAt < 0 && record.secondLookAtEpochSeconds === null) {',
      ),
    ],
  },
  {
    name: 'settles-without-a-look',
    does: 'takes the rule of a settled transfer without a look at tasks that nobody reported',
    changes: [
      change(
        'use-cases/release-after-task.ts',
        'const beforeLast = async (row: AccessRuleRow) => void (await observeUnreportedTask(ports, taken, row));',
        'const beforeLast = async (row: AccessRuleRow) => void (row.version < 0 && (await observeUnreportedTask(ports, taken, row)));',
      ),
    ],
  },
  {
    name: 'foreign-taken-for-ours',
    does: 'takes a rule that stood in the way for one of ours',
    changes: [
      change(
        'use-cases/create-rule.ts',
        'hadOpenCall || found.ruleId === current.ruleId\n        ? current.foreignRuleIds',
        'hadOpenCall || found.ruleId !== undefined\n        ? current.foreignRuleIds',
      ),
      change(
        'use-cases/hold-rule.ts',
        'foreignRuleIds: foreign.map((rule) => rule.ruleId),',
        'foreignRuleIds: foreign.slice(0, 0).map((rule) => rule.ruleId),',
      ),
    ],
  },
  {
    name: 'errors-end-the-transfer',
    does: 'settles a transfer whose step keeps failing instead of asking an operator',
    changes: [
      change(
        'use-cases/raise-attention.ts',
        "? await taken.giveBack({ state: 'ATTENTION', attention: { reason, resumes, times }, dueAtEpochSeconds }, reason)",
        "? await taken.giveBack({ state: 'SETTLING', attention: null, dueAtEpochSeconds, ...(times < 0 ? { attention: { reason, resumes, times } } : {}) }, reason)",
      ),
    ],
  },
  {
    name: 'report-forgotten-at-lease-end',
    does: 'lets a lease end although a report was begun',
    changes: [
      change('use-cases/end-lease.ts', '    if (taken.record.report) return finishReport(ports, taken);\n', ''),
    ],
  },
  {
    name: 'reply-before-record',
    does: 'answers a report with 200 before it is bound',
    changes: [
      change(
        'use-cases/accept-report.ts',
        'return bindReport(ports, taken, { datasetAsNamed: order.datasetAsNamed, isListComplete: true });',
        'return taken.record;',
      ),
    ],
  },
  {
    name: 'one-read-is-enough',
    does: 'believes the first SUCCEEDED or FAILED that it reads',
    changes: [
      change(
        'use-cases/look-at-task.ts',
        '    const admitted = await admitTask(',
        "    if (look.task.status === 'UNKNOWN') return followOn(round, 'unknown');\n    const admitted = await admitTask(",
      ),
      change(
        'use-cases/look-at-task.ts',
        '  await ports.clock.sleep(SECOND_READ_AFTER_MILLISECONDS);\n  const second = await look();\n  if (second.kind',
        '  if (SECOND_READ_AFTER_MILLISECONDS > 0) return first;\n  const second = await look();\n  if (second.kind',
      ),
    ],
  },
  {
    name: 'weakened-in-place',
    does: 'lowers a rule to read access while a writer still holds it',
    changes: [
      change(
        'use-cases/hold-rule.ts',
        "? await ports.globus.updateAccessRule({ collectionId, ruleId, permission: 'rw' })",
        "? await ports.globus.updateAccessRule({ collectionId, ruleId, permission: 'r' })",
      ),
    ],
  },
  {
    name: 'secret-in-the-log',
    does: "writes a caller's key into the log",
    changes: [
      change(
        'http/add-globus-files.ts',
        '  const store = await findStore(app.ports, app.settings.stores, dataset);\n',
        "  const store = await findStore(app.ports, app.settings.stores, dataset);\n  app.ports.log.info('request-received', { caller: request.headers['x-dataverse-key'] });\n",
      ),
    ],
  },
  {
    name: 'one-report-a-task',
    does: 'takes the report of a second grant of the same task for a repeat of the first, and answers it so',
    changes: [
      change(
        'use-cases/accept-report.ts',
        '  await assertEditable(ports, settings, order);\n\n',
        '  await assertEditable(ports, settings, order);\n  const claim = await ports.claims.read(report.taskId);\n  const [first] = Object.keys(claim?.transfers ?? {});\n  const other = first && first !== record.transferId ? await ports.transfers.read(first as never) : undefined;\n  if (other?.bound?.taskId === report.taskId && other.datasetId === datasetId && other.userName === userName) return;\n\n',
      ),
    ],
  },
  {
    name: 'rejected-at-first-doubt',
    does: "turns an accepted report away at the first look that does not show its task as the owner's",
    changes: [
      change(
        'use-cases/admit-task.ts',
        'if (isProven) return reject(',
        'if (isProven || record.looks >= 0) return reject(',
      ),
    ],
  },
  {
    name: 'refused-batch-refuses-its-files',
    does: 'takes the refusal of a batch for a refusal of each of its files',
    changes: [
      change(
        'use-cases/register-batch.ts',
        '      // An answer means that nothing of the batch is at work any more.\n',
        "      await ports.files.writeResults(taken.record.transferId, progress.batchesSent, batch.map(({ storageIdentifier, fileName }) => ({ storageIdentifier, fileName, outcome: 'refused', reason: outcome.message })));\n",
      ),
    ],
  },
  {
    name: 'one-not-found-is-gone',
    does: 'believes the first "not found" about a dataset',
    changes: [
      change(
        'use-cases/unless-gone.ts',
        '  await clock.sleep(SECOND_READ_AFTER_MILLISECONDS);\n',
        "  if (clock.nowEpochSeconds() > 0) return 'gone';\n",
      ),
    ],
  },
  {
    name: 'lock-goes-with-the-first-owner',
    does: 'takes the lock off the dataset when the first of several owners lets go',
    changes: [
      change('use-cases/lock-dataset.ts', 'if (others.length > 0) {', 'if (others.length > 0 && item.isEnding) {'),
    ],
  },
  {
    name: 'observed-tasks-not-watched',
    does: 'does not tell the task monitor which unreported tasks a transfer waits for',
    changes: [
      change(
        'adapters/dynamodb/open-index.ts',
        'awaitedTaskIds: bound ? [bound.taskId] : observedTaskIds,',
        'awaitedTaskIds: bound ? [bound.taskId] : observedTaskIds.slice(0, 0),',
      ),
    ],
  },
  {
    name: 'looks-once-only',
    does: 'does not look again when the row has moved since the look and this holder has become the last one',
    changes: [
      change(
        'use-cases/release-rule.ts',
        'if (isLast) await beforeLast?.(row);',
        'if (isLast && round === 0) await beforeLast?.(row);',
      ),
    ],
  },
  {
    name: 'second-look-at-any-time',
    does: 'takes any later look at a lease for the second one, however early it comes',
    changes: [
      change(
        'use-cases/end-lease.ts',
        'if (record.secondLookAtEpochSeconds === null || lookedAt < secondLookAt) {',
        'if (record.secondLookAtEpochSeconds === null || lookedAt < 0) {',
      ),
    ],
  },
  {
    name: 'no-second-look-after-settling',
    does: 'closes a settled transfer without looking once more after its rule was taken',
    changes: [
      change(
        'use-cases/release-after-task.ts',
        "const isGone = released.kind === 'gone';",
        "const isGone = released.kind !== 'gone' && released.kind !== 'held-by-others';",
      ),
    ],
  },
  {
    name: 'unproven-claim-counts',
    does: 'takes a claim that was never verified for proof that a live task needs another rule',
    changes: [
      change(
        'use-cases/find-live-tasks.ts',
        '  return isOfSameRule || !(await mayConcern(ports, claim, () => false));',
        '  return isOfSameRule || !(await mayConcern(ports, claim, () => false)) || claim.version > 0;',
      ),
    ],
  },
  {
    name: 'looks-since-its-own-grant',
    does: 'looks for tasks submitted since its own grant, not since the rule that it shares was made',
    changes: [
      change(
        'use-cases/find-live-tasks.ts',
        '    record.ruleBornAtEpochSeconds,\n    row?.bornAtEpochSeconds ?? Number.POSITIVE_INFINITY,\n',
        '    row === undefined ? record.ruleBornAtEpochSeconds : record.grantedAtEpochSeconds,\n',
      ),
    ],
  },
  {
    name: 'thawed-worker-acts-at-dataverse',
    does: 'lets a worker that is past its time go on calling Dataverse',
    changes: [change('use-cases/mortal-ports.ts', "  'dataverse',\n", '')],
  },
  {
    name: 'only-the-known-id-is-deleted',
    does: 'looks only for the id in the row when it proves a rule gone, not for what an unanswered call may have made',
    changes: [
      change(
        'use-cases/release-rule.ts',
        'const ours = listed.find((rule) => isOurs(row, rule.ruleId));',
        'const ours = listed.find((rule) => rule.ruleId === row.ruleId && isOurs(row, rule.ruleId));',
      ),
    ],
  },
  {
    name: 'definite-answer-settles-all',
    does: 'takes a definite answer to one create call for the end of earlier ones that were never answered',
    changes: [
      change(
        'use-cases/create-rule.ts',
        'const settled = hadOpenCall ? {} : { createUnsettledUntilEpochSeconds: null };',
        'const settled = { createUnsettledUntilEpochSeconds: null };',
      ),
    ],
  },
  {
    name: 'thawed-worker-acts-at-globus',
    does: 'lets a worker that is past its time go on calling Globus',
    changes: [change('use-cases/mortal-ports.ts', "  'globus',\n", '')],
  },
  {
    name: 'revived-without-a-look',
    does: 'refuses a grant that failed although it had taken over a row whose rule had just gone',
    changes: [
      change(
        'use-cases/hold-and-grant.ts',
        '    onRevive: () => {\n      mayHaveHadRule = true;',
        '    onRevive: () => {\n      mayHaveHadRule = false;',
      ),
    ],
  },
  {
    name: 'late-list-takes-ours-for-theirs',
    does: "remembers what a list shows as somebody else's, though the row has been taken over since",
    changes: [
      change(
        'use-cases/release-rule.ts',
        '  if (met !== row && !(await ports.accessRules.write(met))) return undefined;\n',
        '',
      ),
      change('use-cases/release-rule.ts', 'accessRules.remove(met)', 'accessRules.remove(row)'),
    ],
  },
  {
    name: 'list-goes-before-its-note',
    does: 'takes away the file list of an earlier try while its note stands',
    changes: [
      change(
        'use-cases/accept-report.ts',
        '    await taken.write({ report: noted, admission }, ',
        '    if (left) await ports.files.removeFiles(open.transferId, left.listId);\n    await taken.write({ report: noted, admission }, ',
      ),
    ],
  },
];
