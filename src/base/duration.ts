/** Durations after ISO 8601, of days and smaller units: those of months and years have no fixed length. */

const DURATION = /^P(?=\d|T\d)(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?$/;

const DAY = 86_400;
const HOUR = 3600;
const MINUTE = 60;

/** The duration in seconds; null where the text is none of days, hours, minutes and whole seconds. */
export function durationSeconds(text: string): number | null {
  const match = DURATION.exec(text);
  if (!match) return null;
  const [days, hours, minutes, seconds] = match.slice(1).map(part => Number(part ?? 0));
  return days! * DAY + hours! * HOUR + minutes! * MINUTE + seconds!;
}

/** The shortest text of a duration of whole seconds, e.g. `P1D` or `PT1H30M`. */
export function durationText(seconds: number): string {
  const parts = [Math.floor(seconds / DAY), Math.floor((seconds % DAY) / HOUR), Math.floor((seconds % HOUR) / MINUTE), seconds % MINUTE];
  const [days, ...time] = parts.map((part, i) => (part === 0 ? '' : `${part}${'DHMS'[i]}`));
  const timeText = time.join('');
  if (days === '' && timeText === '') return 'PT0S';
  return `P${days}${timeText === '' ? '' : `T${timeText}`}`;
}
