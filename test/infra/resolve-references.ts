/**
 * A part of a template with its references as texts: `<name>` for a resource, `<name.Attribute>` for an attribute of it, `<Region>` and the
 * like for what CloudFormation itself knows; joined texts are one text.
 * @param names - of the stack's resources, by their ids in the template
 * @param exported - what another stack gives away, by the name of the export
 */
export function resolveReferences(
  value: unknown,
  names: ReadonlyMap<string, string>,
  exported: ReadonlyMap<string, string>,
): unknown {
  const resolve = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(resolve);
    const entries = Object.entries(part);
    const [name, argument] = entries[0] ?? [];
    if (entries.length > 1 || name === undefined) return inside(part);
    switch (name) {
      case 'Ref':
        return `<${nameOf(String(argument))}>`;
      case 'Fn::GetAtt':
        return `<${nameOf(argument[0])}.${argument[1]}>`;
      case 'Fn::ImportValue':
        return exported.get(argument) ?? `<${argument}, which nobody exports>`;
      case 'Fn::Join':
        return argument[1].map((each: unknown) => String(resolve(each))).join(argument[0]);
      default:
        return inside(part);
    }
  };
  const inside = (part: object) => Object.fromEntries(Object.entries(part).map(([key, each]) => [key, resolve(each)]));
  const nameOf = (id: string) => names.get(id) ?? id.replace(/^AWS::/, '');
  return resolve(value);
}
