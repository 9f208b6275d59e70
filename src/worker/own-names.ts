/** What each line has of its own, beside the message. */
const OWN = ['level', 'time', 'pid', 'hostname', 'name', 'service', 'depth', 'task'];

export const OWN_NAMES: ReadonlySet<string> = new Set(OWN);

/**
 * The fields of a call. Those that are called as what the line has of its own get a `_`: a line that has a name twice is read
 * as the one or as the other.
 */
export function besideOwn(fields: Record<string, unknown>): Record<string, unknown> {
  if (!OWN.some((name) => Object.hasOwn(fields, name))) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [OWN_NAMES.has(name) ? freeName(name, fields) : name, value]),
  );
}

function freeName(name: string, fields: object): string {
  const free = `${name}_`;
  return Object.hasOwn(fields, free) ? freeName(free, fields) : free;
}
