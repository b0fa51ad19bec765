import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { canRun, type ServerProcess, startServerProcess } from './server-process.ts';

const MAIN_CLASS = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
/** Where the archive that Amazon hands out keeps the libraries, beside DynamoDBLocal.jar. */
const LIBRARIES = 'DynamoDBLocal_lib';

const HOW_TO_GET_IT =
  'get it from Amazon (its documentation: "Setting up DynamoDB local"), under Amazon\'s own terms, unpack it, and set DYNAMODB_LOCAL to the folder';

/** Why Amazon's DynamoDB Local cannot be run here, and what to do about it; undefined when it can. */
export function whyNoDynamoDbLocal(folder = process.env['DYNAMODB_LOCAL']): string | undefined {
  if (!folder) return `DYNAMODB_LOCAL does not name the folder of DynamoDB Local; ${HOW_TO_GET_IT}`;
  if (!existsSync(folder)) return `DYNAMODB_LOCAL names a folder that does not exist; ${HOW_TO_GET_IT}`;
  if (!readdirSync(folder).some((name) => /^DynamoDBLocal.*\.jar$/.test(name))) {
    return `the folder of DYNAMODB_LOCAL holds no DynamoDBLocal.jar; ${HOW_TO_GET_IT}`;
  }
  if (!canRun('java', '-version')) return 'java is not on the PATH; install a Java runtime, version 17 or later';
  return undefined;
}

/** Starts DynamoDB Local on a free loopback port, its items in memory. The folder is an unpacked archive, or holds all its jars side by side. */
export function startDynamoDbLocal(): Promise<ServerProcess> {
  const folder = resolve(process.env['DYNAMODB_LOCAL'] ?? '');
  const folders = [folder, join(folder, LIBRARIES)];
  return startServerProcess({
    command: 'java',
    args: (port) => [
      `-Djava.library.path=${folders.join(delimiter)}`,
      '-cp',
      folders.map((each) => join(each, '*')).join(delimiter),
      MAIN_CLASS,
      '-inMemory',
      '-port',
      String(port),
    ],
    // It would report its use to Amazon; a test run on somebody's machine tells nobody.
    environment: { DDB_LOCAL_TELEMETRY: '0' },
  });
}
