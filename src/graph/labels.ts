/**
 * The labels, each made unique by a number: `Db, Db, Db` becomes `Db, Db#2, Db#3`. The first of equal labels keeps its
 * name, and a number that a label already has (`Db, Db, Db#2`) is left to it.
 */
export function uniqueLabels(labels: readonly string[]): string[] {
  const taken = new Set(labels);
  const used = new Map<string, number>();
  return labels.map((label) => {
    let number = (used.get(label) ?? 0) + 1;
    if (number > 1) while (taken.has(`${label}#${number}`)) number += 1;
    used.set(label, number);
    return number === 1 ? label : `${label}#${number}`;
  });
}
