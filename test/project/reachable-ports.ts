import { dirname, join } from 'node:path';
import type { Grant } from '../../functions/access.ts';
import type { Ports } from '../../functions/ports/ports.ts';
import type { Application } from '../../functions/wiring.ts';
import { readSources, type SourceFile } from './source-files.ts';

const GLOBUS: readonly Grant[] = ['secret.globus', 'transfers.count'];
const AS_SERVICE: readonly Grant[] = ['secret.dataverse-superuser'];
const AS_USER: readonly Grant[] = [...AS_SERVICE, 'secret.dataverse-unblock-key'];

type Needs<Methods> = Readonly<Record<keyof Methods, readonly Grant[]>>;
type ActingPort = Exclude<keyof Ports, 'clock' | 'random' | 'log'>;

/** What the adapters need for the methods of the ports; a write on a condition that failed and a removal are read back. */
const NEEDS: { readonly [Port in ActingPort]: Needs<Ports[Port]> } & {
  readonly app: Needs<Pick<Application, 'signingKeys'>>;
} = {
  globus: {
    listAccessRules: GLOBUS,
    createAccessRule: GLOBUS,
    updateAccessRule: GLOBUS,
    deleteAccessRule: GLOBUS,
    makeDirectory: GLOBUS,
    findTask: GLOBUS,
    listLiveTasks: GLOBUS,
    listAllLiveTasks: GLOBUS,
    isOwnedBy: GLOBUS,
    listSuccessfulTransfers: GLOBUS,
    listSkippedErrors: GLOBUS,
    listErrorEvents: GLOBUS,
    cancelTask: GLOBUS,
    findFile: GLOBUS,
    listDirectory: GLOBUS,
    deleteFiles: GLOBUS,
  },
  dataverse: {
    // As the caller, and as nobody.
    forward: [],
    storageDriver: [],
    whoIs: AS_USER,
    datasetPermissions: AS_USER,
    describeDataset: AS_USER,
    listVersionFiles: AS_USER,
    filePermissions: AS_USER,
    latestVersionName: AS_USER,
    uploadLimits: AS_USER,
    signedUrl: AS_USER,
    addFiles: AS_USER,
    serviceUserName: AS_SERVICE,
    listFiles: AS_SERVICE,
    listOlderFiles: AS_SERVICE,
    hasPackageFile: AS_SERVICE,
    listAllStorageIdentifiers: AS_SERVICE,
    findFile: AS_SERVICE,
    referenceEndpoints: AS_SERVICE,
    locks: AS_SERVICE,
    lock: AS_SERVICE,
    unlock: AS_SERVICE,
  },
  transfers: {
    read: ['transfers.read'],
    reserve: ['transfers.write', 'transfers.read'],
    write: ['transfers.write', 'transfers.read'],
    listByDataset: ['transfers.list'],
    claimIdempotencyKey: ['idempotency-keys.use'],
  },
  locks: {
    read: ['transfers.read'],
    create: ['transfers.write', 'transfers.read'],
    write: ['transfers.write', 'transfers.read'],
    remove: ['transfers.remove', 'transfers.read'],
  },
  claims: {
    read: ['claims.read'],
    create: ['claims.write', 'claims.read'],
    write: ['claims.write', 'claims.read'],
    remove: ['claims.remove', 'claims.read'],
  },
  files: {
    writeFiles: ['transfers.write'],
    writeResults: ['transfers.write'],
    readFiles: ['transfers.list'],
    readResults: ['transfers.list'],
    removeFiles: ['transfers.list', 'transfers.remove'],
  },
  downloadLists: { keep: ['downloads.write'], read: ['downloads.read'] },
  accessRules: {
    read: ['access-rules.read'],
    list: ['access-rules.read'],
    listForeign: ['access-rules.read'],
    create: ['access-rules.write', 'access-rules.read'],
    write: ['access-rules.write', 'access-rules.read'],
    rememberForeign: ['access-rules.write'],
    remove: ['access-rules.remove', 'access-rules.read'],
    forgetForeign: ['access-rules.remove'],
  },
  open: { listTransfers: ['transfers.open'], listHolds: ['transfers.open'] },
  workflow: { start: ['workflow.start'], wake: ['workflow.wake'], status: ['workflow.status'] },
  app: { signingKeys: ['secret.url-signing'] },
};

/** A function or constant of a module's top level. */
interface Declaration {
  readonly code: string;
  /** Others that its code names, as `file#name`. */
  readonly names: readonly string[];
}

/** What needs nothing for a caller who comes with a token of their own: Dataverse is asked with that. */
const AS_CALLER = [
  'whoIs',
  'datasetPermissions',
  'describeDataset',
  'listVersionFiles',
  'filePermissions',
  'latestVersionName',
];

/**
 * What a declaration may come to need: every other one that its code names, and what those name in turn, is looked through for methods of
 * ports. It is an upper bound, since nobody asks whether a branch is ever taken.
 * @param start - such as `functions/steps/end-lease.ts#handler`
 * @param passedOver - declarations that are not looked into
 * @param hasOwnToken - callers come with a token of their own, never with a signed URL
 */
export function reachableNeeds(
  start: string,
  passedOver: readonly string[] = [],
  hasOwnToken = false,
): ReadonlySet<Grant> {
  const seen = new Set(passedOver);
  const needs = new Set<Grant>();
  const visit = (name: string) => {
    const declaration = DECLARATIONS.get(name);
    if (!declaration || seen.has(name)) return;
    seen.add(name);
    for (const grant of needsOf(declaration.code, hasOwnToken)) needs.add(grant);
    for (const other of declaration.names) visit(other);
  };
  visit(start);
  return needs;
}

function needsOf(code: string, hasOwnToken: boolean): readonly Grant[] {
  const needs: Readonly<Record<string, Readonly<Record<string, readonly Grant[]>>>> = NEEDS;
  return [...code.matchAll(/\b(\w+)\s*\.(?=(\w+))/g)].flatMap(([, port = '', method = '']) =>
    hasOwnToken && port === 'dataverse' && AS_CALLER.includes(method) ? [] : (needs[port]?.[method] ?? []),
  );
}

const LAYERS = /^functions\/(http|steps|monitors|use-cases)\//;
const DECLARATIONS: ReadonlyMap<string, Declaration> = new Map(
  readSources('functions')
    .filter(({ path }) => LAYERS.test(path))
    .flatMap(declarationsOf),
);

function declarationsOf({ path, code }: SourceFile): readonly (readonly [string, Declaration])[] {
  const imported = importedNames(path, code);
  const parts = code.split(/^(?=(?:export )?(?:async )?(?:function|const) \w)/m).slice(1);
  const named = parts.map((part) => [/(?:function|const) (\w+)/.exec(part)?.[1] ?? '', part] as const);
  const own = new Set(named.map(([name]) => name));
  const resolve = (word: string) => (own.has(word) ? `${path}#${word}` : imported.get(word));
  return named.map(([name, part]) => {
    const words = new Set([...part.matchAll(/(?<!(?<!\.)\.)\b[A-Za-z_]\w*/g)].map(([word]) => word));
    return [`${path}#${name}`, { code: part, names: [...words].flatMap((word) => resolve(word) ?? []) }];
  });
}

function importedNames(path: string, code: string): ReadonlyMap<string, string> {
  const statements = [...code.matchAll(/\bimport\s*\{([^}]*)\}\s*from\s*'(\.[^']+)'/g)];
  return new Map(
    statements.flatMap(([, names = '', from = '']) =>
      names.split(',').map((each) => {
        const name = each.trim().replace(/^type /, '');
        return [name, `${join(dirname(path), from)}#${name}`] as const;
      }),
    ),
  );
}
