/** A time of day in a time zone, in minutes, and the day it is of. */
export interface LocalMinute {
  readonly day: string;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a time zone show. */
export function localMinute(date: number, timeZone: string): LocalMinute {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' });
  formats.set(timeZone, format);
  const [day = '', time = ''] = format.format(date).split(' ');
  const [hours, minutes] = time.split(':').map(Number);
  return { day, minute: (hours ?? 0) * 60 + (minutes ?? 0) };
}

/** Days in which the clocks of these zones change, by half an hour here and there; the third night of each span is the one. */
export const CHANGES: readonly { readonly timeZone: string; readonly days: readonly string[] }[] = [
  { timeZone: 'Europe/Berlin', days: ['2026-03-29', '2026-10-25', '2027-03-28'] },
  { timeZone: 'America/New_York', days: ['2026-03-08', '2026-11-01', '2027-03-14'] },
  { timeZone: 'Australia/Lord_Howe', days: ['2026-04-05', '2026-10-04', '2027-04-04'] },
  { timeZone: 'America/St_Johns', days: ['2026-03-08', '2026-11-01', '2027-03-14'] },
  { timeZone: 'Pacific/Chatham', days: ['2026-04-05', '2026-09-27', '2027-04-04'] },
];
