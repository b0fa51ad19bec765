import { appendFileSync } from 'node:fs';
import { createDataverse } from './adapters/dataverse/dataverse.ts';
import { createAccessRuleStore } from './adapters/dynamodb/access-rule-store.ts';
import { createCallBudget } from './adapters/dynamodb/call-budget.ts';
import { createDownloadListStore } from './adapters/dynamodb/download-list-store.ts';
import { createFileEntryStore } from './adapters/dynamodb/file-entry-store.ts';
import { createOpenIndex } from './adapters/dynamodb/open-index.ts';
import { createDocumentClient, createTable } from './adapters/dynamodb/table.ts';
import { createTransferStore } from './adapters/dynamodb/transfer-store.ts';
import { createDatasetLockStore, createTaskClaimStore } from './adapters/dynamodb/versioned-items.ts';
import { createGlobus } from './adapters/globus/globus.ts';
import { createFileSecrets } from './adapters/secrets/file-secrets.ts';
import { createSecretsManagerSecrets } from './adapters/secrets/secrets-manager.ts';
import { createSfnClient, createWorkflow } from './adapters/step-functions/workflow.ts';
import { systemClock } from './adapters/system/clock.ts';
import { createJsonLog } from './adapters/system/json-log.ts';
import { systemRandomSource } from './adapters/system/random-source.ts';
import { parseSettings, type Settings } from './config.ts';
import { parseSigningKeys, type SigningKeys } from './domain/signed-url.ts';
import { tables } from './manifest.ts';
import type { LogFacts } from './ports/log.ts';
import type { Ports } from './ports/ports.ts';
import { mortalPorts } from './use-cases/mortal-ports.ts';

/** The one place where adapters meet use cases. */
export interface Application {
  readonly settings: Settings;
  readonly ports: Ports;
  /** The keys that sign our URLs, read when first needed. */
  signingKeys(): Promise<SigningKeys>;
  /** The same application with these facts in every log line, whose ports refuse to act once the function's time is over. */
  forRequest(facts: LogFacts, limitMilliseconds: number): Application;
}

let starting: Promise<Application> | undefined;

/** The application of this process, made on the first call, so that importing a handler reads nothing; a failed start is tried again. */
export function application(): Promise<Application> {
  starting ??= createApplication(process.env).catch((error: unknown) => {
    starting = undefined;
    // Without settings there is no log yet; standard error reaches the platform's.
    process.stderr.write(
      `${JSON.stringify({ level: 'error', event: 'start-failed', message: (error as Error).message })}\n`,
    );
    throw error;
  });
  return starting;
}

/** @throws ConfigurationError listing every fault of the environment */
export async function createApplication(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Application> {
  const settings = parseSettings(environment);
  const clock = systemClock;
  const random = systemRandomSource;
  const log = createJsonLog(logWriter(settings.logFile), clock);
  const { secretsFile } = settings;
  const secrets = secretsFile === undefined ? createSecretsManagerSecrets() : createFileSecrets(secretsFile);
  const dynamodb = createDocumentClient();
  const transfersTable = createTable(dynamodb, settings.transfersTable, keysOf(tables.transfers), random);
  const downloadsTable = createTable(dynamodb, settings.downloadsTable, keysOf(tables.downloads), random);
  const rulesTable = createTable(dynamodb, settings.accessRulesTable, keysOf(tables.accessRules), random);

  const ports: Ports = {
    clock,
    random,
    log,
    globus: createGlobus({
      transferUrl: settings.globusTransferUrl,
      authUrl: settings.globusAuthUrl,
      credentialOf: (collectionId) =>
        settings.stores.find((store) => store.collectionId === collectionId)?.globusSecret,
      foreignCredential: settings.stores[0]?.globusSecret,
      budget: createCallBudget(transfersTable, clock, settings.globusCallsPerSecond),
      secrets,
      clock,
      random,
      log,
    }),
    dataverse: createDataverse({
      connectUrl: settings.dataverseUrl,
      siteUrl: settings.siteUrl,
      superuserSecret: settings.dataverseSuperuserSecret,
      ...(settings.dataverseUnblockKeySecret ? { unblockKeySecret: settings.dataverseUnblockKeySecret } : {}),
      secrets,
      clock,
      random,
      log,
    }),
    transfers: createTransferStore(transfersTable),
    accessRules: createAccessRuleStore(rulesTable),
    locks: createDatasetLockStore(transfersTable),
    claims: createTaskClaimStore(transfersTable),
    files: createFileEntryStore(transfersTable),
    downloadLists: createDownloadListStore(downloadsTable),
    open: createOpenIndex(transfersTable),
    workflow: createWorkflow(createSfnClient(), settings.stateMachineArn),
  };
  const signingKeys = async () => parseSigningKeys(await secrets.read(settings.urlSigningSecret));
  return applicationOf(settings, ports, signingKeys);
}

function applicationOf(settings: Settings, ports: Ports, signingKeys: () => Promise<SigningKeys>): Application {
  return {
    settings,
    ports,
    signingKeys,
    forRequest: (facts, limitMilliseconds) =>
      applicationOf(settings, mortalPorts({ ...ports, log: ports.log.with(facts) }, limitMilliseconds), signingKeys),
  };
}

function keysOf(table: { readonly partitionKey: string; readonly sortKey: string }): readonly [string, string] {
  return [table.partitionKey, table.sortKey];
}

function logWriter(file: string | undefined): (line: string) => void {
  return file === undefined ? (line) => process.stdout.write(line) : (line) => appendFileSync(file, line);
}
