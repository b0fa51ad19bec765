import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdk from '../../cdk.json' with { type: 'json' };
import example from '../../deployment.example.json' with { type: 'json' };
import { buildApp, type Installation } from '../../infra/build-app.ts';
import { parseDeployment } from '../../infra/deployment/parse-deployment.ts';
import { resolveReferences } from './resolve-references.ts';

/** A resource of one of the two stacks. In its properties, references stand as `<name>` or `<name.Attribute>`. */
export interface SynthesizedResource {
  /** Its place in the app without the stack, such as `sweep/Role` or `Tables/Transfers`. */
  readonly name: string;
  readonly type: string;
  readonly stack: 'data' | 'api';
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
}

/** A statement of a policy, its actions and resources as lists. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: unknown;
  readonly Principal?: unknown;
}

/** An installation's templates, and ways to find things in them. */
export interface Synthesized {
  readonly stacks: Readonly<Record<'data' | 'api', Stack>>;
  readonly templates: Readonly<Record<'data' | 'api', Template>>;
  /** What cdk-nag found: the part of the report that is about what was acknowledged. */
  readonly acknowledged: readonly Acknowledged[];
  all(type: string): readonly SynthesizedResource[];
  /** @throws Error when there is none, or another type of that name */
  get(type: string, name: string): SynthesizedResource;
}

/** A finding of cdk-nag that somebody has given a reason for. */
export interface Acknowledged {
  readonly ruleName: string;
  readonly reason: string;
  readonly violatingConstructs: readonly { readonly constructPath: string }[];
}

/** The settings of `deployment.example.json`. */
export const EXAMPLE: Readonly<Record<string, unknown>> = example;

/**
 * Makes the templates of an installation, with stand-ins for the bundles. Nothing of it stays on the disk.
 * @param changes - settings that differ from the example's; null leaves one out
 * @param change - done to the installation before its templates are made
 * @throws Error with the report when a rule of cdk-nag is broken and nobody has acknowledged it
 */
export function synthesize(
  changes: Readonly<Record<string, unknown>> = {},
  change: (installation: Installation) => void = () => undefined,
): Synthesized {
  const folder = mkdtempSync(join(tmpdir(), 'synthesized-'));
  const bundle = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    writeFileSync(join(bundle, 'index.mjs'), 'export const handler = () => undefined;\n');
    const app = new App({ context: cdk.context, outdir: folder, analyticsReporting: false });
    const installation = buildApp(app, parseDeployment({ ...EXAMPLE, ...changes }, true), () => bundle);
    change(installation);
    const { data, api } = installation;
    const templates = { data: Template.fromStack(data), api: Template.fromStack(api) };
    const report: { pluginReports: { suppressedViolations: Acknowledged[] }[] } = JSON.parse(
      readFileSync(join(folder, 'validation-report.json'), 'utf8'),
    );
    const acknowledged = report.pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations);
    return { stacks: { data, api }, templates, acknowledged, ...findersOf({ data, api }, templates) };
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(bundle, { recursive: true });
  }
}

function findersOf(
  stacks: Synthesized['stacks'],
  templates: Synthesized['templates'],
): Pick<Synthesized, 'all' | 'get'> {
  const names = { data: namesIn(stacks.data), api: namesIn(stacks.api) };
  const exported = exportsOf(templates.data, names.data);
  const resources = (['data', 'api'] as const).flatMap((stack) =>
    Object.entries<Record<string, unknown>>(templates[stack].toJSON()['Resources']).map(([id, resource]) => ({
      name: names[stack].get(id) ?? id,
      type: String(resource['Type']),
      stack,
      properties: resolveReferences(resource['Properties'], names[stack], exported) as Record<string, unknown>,
      deletionPolicy: resource['DeletionPolicy'] as string | undefined,
      updateReplacePolicy: resource['UpdateReplacePolicy'] as string | undefined,
    })),
  );
  const all = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    all,
    get(type, name) {
      const found = all(type).find((resource) => resource.name === name);
      if (found) return found;
      throw new Error(`no ${type} is called ${name}, only ${all(type).map((each) => each.name)}`);
    },
  };
}

/** By the id in the template. */
function namesIn(stack: Stack): ReadonlyMap<string, string> {
  return new Map(
    stack.node
      .findAll()
      .filter((construct) => CfnResource.isCfnResource(construct))
      .map((resource) => [
        String(stack.resolve(resource.logicalId)),
        resource.node.path.slice(stack.node.path.length + 1).replace(/\/Resource$/, ''),
      ]),
  );
}

/** What the stack with the records gives to the other, by the name of the export. */
function exportsOf(template: Template, names: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const outputs = Object.values<{ Value: unknown; Export?: { Name: string } }>(template.toJSON()['Outputs'] ?? {});
  return new Map(
    outputs.flatMap(({ Value, Export }) =>
      Export ? [[Export.Name, String(resolveReferences(Value, names, new Map()))] as const] : [],
    ),
  );
}

/** The statements of a policy document. */
export function statementsIn(document: unknown): readonly Statement[] {
  const { Statement } = document as { Statement: readonly Record<string, unknown>[] };
  return Statement.map((statement) => ({
    ...statement,
    Effect: String(statement['Effect']),
    Action: listOf(statement['Action']),
    Resource: listOf(statement['Resource']),
  }));
}

/** Every action that statements allow, once, in order. */
export function allowedTo(statements: readonly Statement[]): readonly string[] {
  return [...new Set(statements.flatMap(({ Action }) => Action))].sort();
}

function listOf(value: unknown): readonly string[] {
  return [value ?? []].flat().map(String).sort();
}

/** The document of every policy that a role has, its own and those put on it. */
export function policiesOf({ all, get }: Synthesized, roleName: string): readonly unknown[] {
  const own = (get('AWS::IAM::Role', roleName).properties['Policies'] ?? []) as readonly { PolicyDocument: unknown }[];
  const putOn = all('AWS::IAM::Policy').filter(({ properties }) =>
    listOf(properties['Roles']).includes(`<${roleName}>`),
  );
  return [...own, ...putOn.map(({ properties }) => properties as { PolicyDocument?: unknown })].map(
    ({ PolicyDocument }) => PolicyDocument,
  );
}
