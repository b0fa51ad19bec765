/**
 * Who may do what, as data: the CDK app makes one role per function from it and nothing beyond it. `test/project/access.test.ts` holds it
 * against what each function's code can reach, `test/end-to-end/access*.test.ts` against what the functions really call.
 */

/** What a grant allows. */
export interface Permission {
  /** Actions of IAM. */
  readonly actions: readonly string[];
  /** `open-transfers`: the index of the table of transfers · `executions`: those of the transfer workflow · `secret`: the one the grant names. */
  readonly on: 'transfers' | 'open-transfers' | 'access-rules' | 'downloads' | 'workflow' | 'executions' | 'secret';
  /** Patterns of the partition keys that may be touched (`dynamodb:LeadingKeys`); all of them when left out. */
  readonly partitionKeys?: readonly string[];
}

/** A dataset's partition is named by its number. Other items of the table have a word and # before theirs. */
const DATASETS = ['1*', '2*', '3*', '4*', '5*', '6*', '7*', '8*', '9*'];
const CLAIMS = ['task#*'];
const READ_SECRET: Permission = { actions: ['secretsmanager:GetSecretValue'], on: 'secret' };

/**
 * All grants. A write on a condition that failed is read back (`adapters/dynamodb/table.ts`), so that whoever may write or remove may read.
 * Whoever may use a table or a secret also needs the key that encrypts it.
 */
export const grants = {
  /** Headers of transfers and the lock item of a dataset. */
  'transfers.read': { actions: ['dynamodb:GetItem'], on: 'transfers', partitionKeys: DATASETS },
  /** File lists and results, which lie in chunks. */
  'transfers.list': { actions: ['dynamodb:Query'], on: 'transfers', partitionKeys: DATASETS },
  'transfers.write': { actions: ['dynamodb:PutItem'], on: 'transfers', partitionKeys: DATASETS },
  'transfers.remove': { actions: ['dynamodb:DeleteItem'], on: 'transfers', partitionKeys: DATASETS },
  /** Which transfers a Globus task belongs to. */
  'claims.read': { actions: ['dynamodb:GetItem'], on: 'transfers', partitionKeys: CLAIMS },
  'claims.write': { actions: ['dynamodb:PutItem'], on: 'transfers', partitionKeys: CLAIMS },
  'claims.remove': { actions: ['dynamodb:DeleteItem'], on: 'transfers', partitionKeys: CLAIMS },
  'idempotency-keys.use': {
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    on: 'transfers',
    partitionKeys: ['idem#*'],
  },
  /** The budget of calls to Globus that all functions share. */
  'transfers.count': { actions: ['dynamodb:UpdateItem'], on: 'transfers', partitionKeys: ['budget#*'] },
  'transfers.open': { actions: ['dynamodb:Query'], on: 'open-transfers' },
  'access-rules.read': { actions: ['dynamodb:GetItem', 'dynamodb:Query'], on: 'access-rules' },
  'access-rules.write': { actions: ['dynamodb:PutItem'], on: 'access-rules' },
  'access-rules.remove': { actions: ['dynamodb:DeleteItem'], on: 'access-rules' },
  /** File lists of launches from Dataverse's page. */
  'downloads.read': { actions: ['dynamodb:Query'], on: 'downloads' },
  'downloads.write': { actions: ['dynamodb:PutItem'], on: 'downloads' },
  'workflow.start': { actions: ['states:StartExecution'], on: 'workflow' },
  'workflow.wake': { actions: ['states:SendTaskSuccess'], on: 'workflow' },
  'workflow.status': { actions: ['states:DescribeExecution'], on: 'executions' },
  /** The client credentials of all stores. */
  'secret.globus': READ_SECRET,
  'secret.dataverse-superuser': READ_SECRET,
  'secret.dataverse-unblock-key': READ_SECRET,
  'secret.url-signing': READ_SECRET,
} as const satisfies Readonly<Record<string, Permission>>;

export type Grant = keyof typeof grants;

/** What a function needs, each with the reason in one sentence. */
export type Access = Readonly<Partial<Record<Grant, string>>>;

const CALLS_GLOBUS: Access = {
  'secret.globus': 'It calls Globus as the service.',
  'transfers.count': 'Each call to Globus is counted in the shared budget.',
};

const ACTS_AS_USER: Access = {
  'secret.dataverse-superuser': 'Dataverse signs URLs that act as a user for its superuser only.',
  'secret.dataverse-unblock-key': 'The call that asks Dataverse for such a URL may be fenced by its unblock key.',
};

const HOLDS_AND_RELEASES_RULES: Access = {
  'access-rules.read':
    'Every act on an access rule begins with its row, and room on a full collection is found among all rows.',
  'access-rules.write': 'It makes transfers holders of a rule and takes holders out.',
  'access-rules.remove': 'With the last holder the row goes, once the rule is proven gone.',
};

/** Of the steps that look again, after the rule has gone, for live tasks that nobody reported. */
const LOOKS_AGAIN: Access = {
  ...CALLS_GLOBUS,
  ...HOLDS_AND_RELEASES_RULES,
  'claims.read': 'A live task that nobody reported is one without a claim.',
  'workflow.start': 'A transfer that is opened for an unreported task gets a workflow of its own.',
};

/** By the name of the function in the manifest. */
export const access: Readonly<Record<string, Access>> = {
  'globus-upload-parameters': {
    'secret.url-signing': 'The URLs that it hands out are signed.',
  },
  'request-globus-upload-paths': {
    ...CALLS_GLOBUS,
    ...ACTS_AS_USER,
    ...HOLDS_AND_RELEASES_RULES,
    'secret.dataverse-superuser':
      'Dataverse signs URLs that act as a user, and tells where references are allowed, to its superuser only.',
    'secret.url-signing': 'Callers may come with one of our signed URLs.',
    'transfers.read':
      'An earlier grant of the same Idempotency-Key is read, and a write that met a condition is read back.',
    'transfers.write': 'It reserves the record of a grant and turns it to GRANTED or REFUSED.',
    'claims.read': 'A rule is not taken back under a live task, and its claim tells whose that task is.',
    'idempotency-keys.use': 'The same key finds the same grant.',
    'workflow.start': 'Each grant is followed by a workflow.',
  },
  'add-globus-files': {
    ...CALLS_GLOBUS,
    ...ACTS_AS_USER,
    ...HOLDS_AND_RELEASES_RULES,
    'secret.dataverse-superuser':
      'The locks of a dataset are read and placed by the service, also for a caller with a key.',
    'secret.url-signing': 'Callers may come with one of our signed URLs.',
    'transfers.read': 'The grant of a report is read, and the lock item of its dataset.',
    'transfers.list': 'The file list is read back and counted before the report is accepted.',
    'transfers.write': 'It writes report, file list and lock item, and the record of a successor.',
    'transfers.remove': 'A report that is refused takes its file list and its lock item with it.',
    'claims.read': 'A task that is claimed already may be reported for the same dataset only.',
    'claims.write': 'It claims the reported task.',
    'claims.remove': 'A report that is refused gives up its claim.',
    'workflow.start': 'An accepted report makes sure that a workflow follows it.',
    'workflow.wake': 'The step that waits for the report is called.',
  },
  'globus-download-parameters': {
    'secret.url-signing': 'The URLs that it hands out are signed.',
    'downloads.write': "The files that were chosen on Dataverse's page are kept under an id of ours.",
  },
  'request-globus-download': {
    ...CALLS_GLOBUS,
    ...ACTS_AS_USER,
    ...HOLDS_AND_RELEASES_RULES,
    'secret.dataverse-superuser':
      'Which files there are is asked as the service, and what a caller with a signed URL may have in their name.',
    'secret.url-signing': 'Callers may come with one of our signed URLs.',
    'downloads.read': "The files that were chosen on Dataverse's page are found by their id.",
    'transfers.read':
      'An earlier grant of the same Idempotency-Key is read, and a write that met a condition is read back.',
    'transfers.write': 'It reserves the record of a grant, keeps its list of files and turns it to GRANTED or REFUSED.',
    'claims.read': 'A rule is not taken back under a live task, and its claim tells whose that task is.',
    'idempotency-keys.use': 'The same key finds the same grant.',
    'workflow.start': 'Each grant is followed by a workflow.',
  },
  'monitor-globus-download': {
    ...CALLS_GLOBUS,
    ...ACTS_AS_USER,
    ...HOLDS_AND_RELEASES_RULES,
    'secret.dataverse-superuser':
      'The dataset is described to the service, and a report that comes late is judged by the files of its grant again.',
    'secret.url-signing': 'Callers may come with one of our signed URLs.',
    'transfers.read': 'The grants of the dataset are read.',
    'transfers.list': 'The grant of a report is looked for among the transfers of its dataset.',
    'transfers.write': 'It writes the report, and the record of a successor.',
    'transfers.remove': 'A report that is refused takes its file list with it.',
    'claims.read': 'A task that was reported already changes nothing.',
    'claims.write': 'It claims the reported task.',
    'claims.remove': 'A report that is refused gives up its claim.',
    'workflow.start': 'An accepted report makes sure that a workflow follows it.',
    'workflow.wake': 'The step that waits for the report is called.',
  },
  'list-leftovers': {
    ...CALLS_GLOBUS,
    'secret.dataverse-superuser':
      'What is registered in any version of a dataset is listed as the service, drafts and deaccessioned ones too.',
    'transfers.read': 'A file is no leftover while a transfer that it was granted to is open.',
    'transfers.list': 'The results of a transfer say why a file was left.',
  },
  'delete-leftovers': {
    ...CALLS_GLOBUS,
    'secret.dataverse-superuser': 'A file that any version of a dataset has, as the service sees it, is never deleted.',
    'transfers.read': 'A file that is granted to an open transfer is never deleted.',
    'transfers.write':
      'A transfer whose leftovers are deleted is marked, so that it can neither be retried nor reported.',
  },
  'list-transfers': {
    'transfers.open': 'Operators are shown what is open on every collection.',
    'transfers.read': 'Of what the index finds, the records are told.',
    'transfers.list': 'The transfers of a dataset lie beside each other.',
  },
  'show-transfer': {
    ...CALLS_GLOBUS,
    'transfers.read': 'It shows the record.',
    'transfers.list': 'The files of a transfer and their results lie in chunks.',
  },
  'cancel-transfer': {
    ...CALLS_GLOBUS,
    'access-rules.read': 'How far back a look at live tasks goes is in the row of the rule.',
    'transfers.read': 'The record names the task and its owner.',
    'transfers.write': 'It notes who asks for the end, and ends the lease of a transfer without a task.',
    'claims.read': 'A claim tells whose a live task is.',
    'workflow.start': 'A transfer in ATTENTION gets its next execution at once.',
    'workflow.wake': 'The step that waits is called.',
  },
  'retry-transfer': {
    ...CALLS_GLOBUS,
    ...HOLDS_AND_RELEASES_RULES,
    'secret.dataverse-superuser': 'A task that is reported late has its dataset locked by the service.',
    'transfers.read': 'The record says what there is to retry.',
    'transfers.list': 'The file list of a closed transfer is copied, and its results say what is missing.',
    'transfers.write': 'It opens the successor with its file list, and accepts a report that was never made.',
    'transfers.remove': 'A report that is refused takes its file list and its lock item with it.',
    'claims.read': 'A task that is claimed already may be reported for the same dataset only.',
    'claims.write': 'The successor takes over the claim of the task.',
    'claims.remove': 'The closed transfer gives up its part in the claim.',
    'workflow.start': 'Whatever is tried again is followed by a workflow.',
    'workflow.wake': 'The step that waits for the report is called.',
  },
  'release-transfer': {
    ...CALLS_GLOBUS,
    'access-rules.read': 'How far back a look at live tasks goes is in the row of the rule.',
    'transfers.read': 'The record says what is held.',
    'transfers.write': 'It notes that the transfer is given up.',
    'claims.read': 'A claim tells whose a live task is.',
    'claims.write': 'It takes itself out of a claim that several transfers share.',
    'claims.remove': 'What is given up claims its task no more.',
    'workflow.start': 'A transfer in ATTENTION gets its next execution at once.',
    'workflow.wake': 'The step that waits is called.',
  },
  'not-found': {},
  'await-report': {
    'transfers.read': 'The record says what is due.',
    'transfers.write': 'It saves the token of its wait.',
    'workflow.wake': 'It wakes its own step when what it waits for is there already.',
    'workflow.start': 'An execution of 300 days hands over to the next.',
  },
  'end-lease': {
    ...CALLS_GLOBUS,
    ...HOLDS_AND_RELEASES_RULES,
    'secret.dataverse-superuser':
      'A report that a dead worker has left is finished or undone, and the dataset locked or unlocked for it.',
    'transfers.read': 'The record says whether the lease is over.',
    'transfers.list': 'The file list of a report that was left unfinished is counted.',
    'transfers.write':
      'It ends the lease in the record, and writes the lock item of a report that was left unfinished.',
    'transfers.remove':
      'A report that was left unfinished and is refused takes its file list and its lock item with it.',
    'claims.read': 'A claim tells whose a live task is.',
    'claims.write': 'It claims the task of a report that was left unfinished.',
    'claims.remove': 'A report that was left unfinished and is refused gives up its claim.',
  },
  'look-at-task': {
    ...CALLS_GLOBUS,
    'secret.dataverse-superuser': 'A report accepted unverified gets its lock on the dataset when it is proven.',
    'transfers.read': 'The record names the task.',
    'transfers.write': 'It notes what Globus says, and writes the lock item of a report that is proven late.',
    'claims.read': 'The claim of a report that is proven late is checked once more.',
    'claims.write': 'It claims the task of a report that is proven late.',
    'claims.remove': 'A report that is proven wrong gives up its claim.',
  },
  'await-completion': {
    ...CALLS_GLOBUS,
    'secret.dataverse-superuser': 'It looks at the task as look-at-task does.',
    'transfers.read': 'The record names the task.',
    'transfers.write': 'It saves the token of its wait, and notes what Globus says.',
    'claims.read': 'It looks at the task as look-at-task does.',
    'claims.write': 'It looks at the task as look-at-task does.',
    'claims.remove': 'It looks at the task as look-at-task does.',
    'workflow.wake': 'It wakes its own step when what it waits for is there already.',
    'workflow.start': 'An execution of 300 days hands over to the next.',
  },
  'release-access-rule': {
    ...LOOKS_AGAIN,
    'transfers.read': 'The record says whether the task has ended.',
    'transfers.write': 'It notes the release, and opens a transfer for a live task that nobody reported.',
  },
  'register-files': {
    ...LOOKS_AGAIN,
    ...ACTS_AS_USER,
    'secret.dataverse-superuser':
      'It lists files and swaps locks as the service, and has URLs signed to add files as the user.',
    'transfers.read': 'The record says how far registration is, and the lock item which locks are ours.',
    'transfers.list': 'The reported files and the results so far lie in chunks.',
    'transfers.write': 'It writes progress, results and the lock item.',
  },
  'close-transfer': {
    ...LOOKS_AGAIN,
    'secret.dataverse-superuser': 'It unlocks the dataset.',
    'transfers.read': 'The record says whether anything is left to do.',
    'transfers.list': 'The results say why no file was registered.',
    'transfers.write': 'It closes the record, and takes itself out of a lock item that it shares.',
    'transfers.remove': 'With its last owner the lock item goes.',
  },
  'raise-attention': {
    'transfers.read': 'The record says what was interrupted.',
    'transfers.write': 'It notes that an operator is needed, and why.',
  },
  'task-monitor': {
    ...CALLS_GLOBUS,
    'transfers.open': 'The index says which open transfers wait for which tasks.',
    'workflow.wake': 'It calls the step whose task has ended.',
  },
  sweep: {
    ...LOOKS_AGAIN,
    ...ACTS_AS_USER,
    'secret.dataverse-superuser': 'It performs the steps of a transfer whose workflows are dead.',
    'transfers.open': 'The index says what is past due.',
    'transfers.read': 'Each finding is read from the table before anything is done.',
    'transfers.list': 'It performs the steps of a transfer whose workflows are dead.',
    'transfers.write': 'It performs the steps of a transfer whose workflows are dead.',
    'transfers.remove': 'A lock item whose transfer does not need it is given up.',
    'claims.write': 'A claim that is found bound is marked, and one of several transfers taken out.',
    'claims.remove': 'A claim whose transfer does not need it is given up.',
    'workflow.start': 'A transfer whose execution is dead gets the next one.',
    'workflow.wake': 'A step that should have woken is called.',
    'workflow.status': 'It asks about the execution of each transfer that is past due.',
  },
};
