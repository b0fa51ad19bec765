/** The longest name that a prefix, a stack and CloudFormation's own additions leave to a resource, and the longest ARN before it. */
const LONGEST_PREFIX = 40;
const ADDED_BY_CLOUDFORMATION = '-data-'.length + '12345678-1234567890123'.length;
const BEFORE_A_NAME = 'arn:aws-us-gov:secretsmanager:ap-southeast-1:123456789012:secret:';

const KNOWN_TO_CLOUDFORMATION: Readonly<Record<string, string>> = {
  Partition: 'aws-us-gov',
  Region: 'ap-southeast-1',
  AccountId: '123456789012',
};

/** A part of a template as text, no shorter than with what stands in place of its references at AWS. */
export function atRealLength(part: unknown): string {
  return JSON.stringify(part).replace(
    /<([^<>]+)>/g,
    (_, name: string) =>
      KNOWN_TO_CLOUDFORMATION[name] ??
      `${BEFORE_A_NAME}${'x'.repeat(LONGEST_PREFIX + name.length + ADDED_BY_CLOUDFORMATION)}`,
  );
}
