import * as z from 'zod/mini';
import { NoAccountError } from '../../domain/errors.ts';
import { asUserName, type UserName } from '../../domain/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Dataverse } from '../../ports/dataverse.ts';
import type { CallDataverse } from './dataverse-call.ts';
import { dataIn } from './reply.ts';

/** As long as a secret may be reused: a rotated token may belong to another account. */
const SERVICE_NAME_MILLISECONDS = 5 * 60 * 1000;

const userDocument = z.object({
  identifier: z.string().check(z.minLength(1)),
  superuser: z.nullish(z.boolean()),
});

/** Who is who (dataverse-api.md 4.1). */
export function createUserMethods(options: {
  readonly call: CallDataverse;
  readonly clock: Clock;
}): Pick<Dataverse, 'whoIs' | 'serviceUserName'> {
  const { call, clock } = options;
  let service: { readonly userName: UserName; readonly readAtMilliseconds: number } | undefined;

  const whoIs: Dataverse['whoIs'] = async (actingAs) => {
    const target = '/api/v1/users/:me';
    const result = await call({ name: 'whoIs', method: 'GET', target, actingAs, repeat: 'read' });
    // Dataverse's way of saying that there is no account behind the credential.
    if (result.kind === 'reply' && result.status === 400 && result.message.startsWith('User with token')) {
      throw new NoAccountError();
    }
    const user = dataIn(result, userDocument, 'the question who the caller is');
    return { userName: asUserName(user.identifier), isSuperuser: user.superuser ?? false };
  };

  return {
    whoIs,
    async serviceUserName() {
      const now = clock.nowMilliseconds();
      if (service && Math.abs(now - service.readAtMilliseconds) < SERVICE_NAME_MILLISECONDS) return service.userName;
      const { userName } = await whoIs({ kind: 'service' });
      service = { userName, readAtMilliseconds: now };
      return userName;
    },
  };
}
