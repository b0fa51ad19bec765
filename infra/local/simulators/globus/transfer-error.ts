import type { SimulatorReply, SimulatorRequest } from '../http/routes.ts';
import { newRequestId, resourceOf } from './documents.ts';

/** Transfer's answer to what it cannot do: status and code both matter (globus-api.md 3.1). */
export interface TransferProblem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Further members of the error document. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** The error document of globus-api.md 3.1, with the header that repeats its code. */
export function problemReply(request: SimulatorRequest, problem: TransferProblem): SimulatorReply {
  const { status, code, message } = problem;
  return {
    status,
    headers: { 'x-transfer-api-error': code },
    body: { code, message, request_id: newRequestId(), resource: resourceOf(request), ...problem.members },
  };
}

export function badRequest(message: string): TransferError {
  return new TransferError(400, 'ClientError.BadRequest', message);
}

export function permissionDenied(
  message = 'You do not have permission to perform the requested operation',
): TransferError {
  return new TransferError(403, 'PermissionDenied', message);
}

export function endpointNotFound(id: string): TransferError {
  return new TransferError(404, 'EndpointNotFound', `No such endpoint '${id}'`);
}

export function taskNotFound(id: string): TransferError {
  return new TransferError(404, 'ClientError.NotFound', `No task found with id '${id}'`);
}

/** Thrown by a handler; the server answers with its document. */
export class TransferError extends Error implements TransferProblem {
  readonly status: number;
  readonly code: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'TransferError';
    this.status = status;
    this.code = code;
    this.members = members;
  }
}
