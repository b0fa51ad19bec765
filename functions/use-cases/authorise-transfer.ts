import { ExpectedError, ForbiddenError, NotFoundError } from '../domain/errors.ts';
import type { DatasetId, TransferId, UserName } from '../domain/ids.ts';
import type { TransferRecord } from '../domain/transfer.ts';
import type { ActingAs } from '../ports/dataverse.ts';
import type { Ports } from '../ports/ports.ts';

type AuthorisePorts = Pick<Ports, 'dataverse' | 'transfers'>;

/** An account that asks about transfers. Operators are those that Dataverse calls superusers. */
export interface Asker {
  readonly userName: UserName;
  readonly isOperator: boolean;
}

/** A transfer whose owner, or an operator, asks for something. */
export interface Steered {
  readonly record: TransferRecord;
  readonly asker: Asker;
}

/** Who asks. @throws UnauthenticatedError when the credential is no account's */
export async function identifyAsker({ dataverse }: Pick<Ports, 'dataverse'>, actingAs: ActingAs): Promise<Asker> {
  const { userName, isSuperuser } = await dataverse.whoIs(actingAs);
  return { userName, isOperator: isSuperuser };
}

/**
 * A transfer for whoever may see it: its owner, who may edit its dataset, operators.
 * @throws UnauthenticatedError for no account, NotFoundError for no such transfer, ForbiddenError for everybody else
 */
export async function authoriseViewer(
  ports: AuthorisePorts,
  transferId: TransferId,
  actingAs: ActingAs,
): Promise<TransferRecord> {
  const { record, asker } = await find(ports, transferId, actingAs);
  if (mayAct(record, asker) || (await mayEdit(ports, record.datasetId, actingAs))) return record;
  throw new ForbiddenError(
    `Transfer ${transferId} is shown to its owner, to whoever may edit its dataset, and to operators only.`,
  );
}

/**
 * A transfer for whoever may steer it: its owner and operators. Transfers of guests have no owner who could come again.
 * @throws UnauthenticatedError for no account, NotFoundError for no such transfer, ForbiddenError for everybody else
 */
export async function authoriseSteering(
  ports: AuthorisePorts,
  transferId: TransferId,
  actingAs: ActingAs,
): Promise<Steered> {
  const found = await find(ports, transferId, actingAs);
  if (mayAct(found.record, found.asker)) return found;
  throw new ForbiddenError(`Transfer ${transferId} can be steered by its owner and by operators only.`);
}

/** Does Dataverse let an account edit a dataset now? No, where there is no such dataset any more. */
export async function mayEdit(
  { dataverse }: Pick<Ports, 'dataverse'>,
  datasetId: DatasetId,
  actingAs: ActingAs,
): Promise<boolean> {
  try {
    const dataset = { kind: 'database-id', datasetId } as const;
    return (await dataverse.datasetPermissions(dataset, actingAs)).canEditDataset;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof ForbiddenError) return false;
    throw error;
  }
}

/** The persistent id of a dataset, as far as the account may know it: an ornament, so that no failure matters. */
export async function persistentIdOf(
  { dataverse }: Pick<Ports, 'dataverse'>,
  datasetId: DatasetId,
  actingAs: ActingAs,
): Promise<string | null> {
  try {
    const dataset = { kind: 'database-id', datasetId } as const;
    const { protocol, authority, identifier } = await dataverse.describeDataset(dataset, actingAs);
    return `${protocol}:${authority}/${identifier}`;
  } catch (error) {
    if (error instanceof ExpectedError) return null;
    throw error;
  }
}

/** Who asks is found out first: nobody learns without an account which transfers there are. */
async function find(ports: AuthorisePorts, transferId: TransferId, actingAs: ActingAs): Promise<Steered> {
  const asker = await identifyAsker(ports, actingAs);
  const record = await ports.transfers.read(transferId);
  if (!record) throw new NotFoundError(`Transfer ${transferId} not found.`);
  return { record, asker };
}

function mayAct({ userName }: TransferRecord, asker: Asker): boolean {
  return asker.isOperator || asker.userName === userName;
}
