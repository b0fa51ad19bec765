import { fileURLToPath } from 'node:url';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { EngineOptions, RunningEngine } from '../../infra/local/stack-parts.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startLambdaStandIn } from './lambda-stand-in.ts';

const LAUNCHER = fileURLToPath(new URL('./moto-with-jsonata.py', import.meta.url));
/** That of everything on this machine. */
const REGION = 'local';
const ROLE = 'arn:aws:iam::123456789012:role/any';

/** What an engine other than ours needs to know: it has a clock and a memory of its own. */
type SecondEngineOptions = Pick<EngineOptions, 'invoke' | 'stateMachines'>;

/**
 * Starts moto's Step Functions as a process of its own, so that nothing is left of an earlier run, with these state machines. It takes the
 * place of the local workflow engine wherever that is started; its time is the real one.
 * @param python - the interpreter of the environment that `prepareMoto` made
 */
export async function startMotoEngine(python: string, options: SecondEngineOptions): Promise<RunningEngine> {
  const neverAborted = new AbortController().signal;
  const lambda = await startLambdaStandIn((name, payload) => options.invoke(name, payload, neverAborted));
  const moto = await startServerProcess({
    command: python,
    args: (port) => [LAUNCHER, '--host', '127.0.0.1', '--port', String(port)],
    // What moto's workflows call they look for on MOTO_PORT, which is moto's own port unless it is told.
    environment: { MOTO_PORT: String(lambda.port), MOTO_ALLOW_NONEXISTENT_REGION: 'true' },
  }).catch(async (error) => {
    await lambda.close();
    throw error;
  });
  const close = async () => {
    await moto.close();
    await lambda.close();
  };
  try {
    const arns = await createStateMachines(moto.url, options.stateMachines);
    return {
      url: moto.url,
      close,
      stateMachineArn(name) {
        const arn = arns.get(name);
        if (arn === undefined) throw new Error(`no state machine is called ${name}`);
        return arn;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns the ARNs by name */
async function createStateMachines(
  url: string,
  stateMachines: EngineOptions['stateMachines'],
): Promise<ReadonlyMap<string, string>> {
  // Unless told, moto only pretends to run an execution.
  const config = JSON.stringify({ stepfunctions: { execute_state_machine: true } });
  const reply = await fetch(`${url}/moto-api/config`, { method: 'POST', body: config });
  if (!reply.ok) throw new Error(`moto refused its configuration: ${await reply.text()}`);
  const client = clientFor(url);
  const arns = new Map<string, string>();
  for (const { name, definition } of stateMachines) {
    const command = new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: ROLE });
    arns.set(name, (await client.send(command)).stateMachineArn ?? '');
  }
  client.destroy();
  return arns;
}

/**
 * The Step Functions client for moto. It tries again and again, since moto answers the call of any token with 500 while some execution has been
 * started and does not run yet: it looks for the token in that one too.
 */
export function clientFor(url: string): SFNClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SFNClient({ endpoint: url, region: REGION, credentials, maxAttempts: 10 });
}
