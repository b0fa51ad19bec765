/** Names and ARNs: one made-up account in one region, so that ARNs parse as Amazon's do. */

export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';
const PREFIX = `arn:aws:states:${REGION}:${ACCOUNT_ID}`;
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/local-workflow`;

/** `arn:aws:states:<region>:<account>:stateMachine:<name>` */
export function stateMachineArn(machineName: string): string {
  return `${PREFIX}:stateMachine:${machineName}`;
}

/** `arn:aws:states:<region>:<account>:execution:<machine>:<name>` */
export function executionArn(machineName: string, executionName: string): string {
  return `${PREFIX}:execution:${machineName}:${executionName}`;
}

/** The machine's name, or undefined when the text is no state machine ARN. Region and account are not compared. */
export function parseStateMachineArn(arn: string): string | undefined {
  return /^arn:aws[\w-]*:states:[\w-]+:\d{12}:stateMachine:([^:]+)$/.exec(arn)?.[1];
}

/** Machine and execution name, or undefined when the text is no execution ARN. */
export function parseExecutionArn(arn: string): { machineName: string; executionName: string } | undefined {
  const match = /^arn:aws[\w-]*:states:[\w-]+:\d{12}:execution:([^:]+):([^:]+)$/.exec(arn);
  return match?.[1] && match[2] ? { machineName: match[1], executionName: match[2] } : undefined;
}

/**
 * Whether Step Functions accepts the text as a name: 1 to 80 characters without white space, brackets, wildcards,
 * `" # % \ ^ | ~ ` $ & , ; : /` and control characters (API reference, StartExecution; limits-and-threats.md A3).
 */
export function isLegalName(name: string): boolean {
  const length = [...name].length;
  if (length < 1 || length > 80) return false;
  return !/[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(name);
}

/** The bare function name of what FunctionName holds: a name, `name:qualifier`, a partial or a full ARN. */
export function bareFunctionName(functionName: string): string {
  const marker = 'function:';
  const at = functionName.lastIndexOf(marker);
  const tail = at < 0 ? functionName : functionName.slice(at + marker.length);
  return tail.split(':')[0] ?? tail;
}
