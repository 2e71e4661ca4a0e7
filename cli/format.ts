const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** 1536 -> `1.5 kB`; decimal units. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[unit] ?? ''}`;
}

/** 1234567 -> `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** 3725 -> `1h02m`, 65 -> `1m05s`, 4 -> `4s`; `?` for what is not known. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  if (hours > 0) return `${hours}h${two(minutes)}m`;
  return minutes > 0 ? `${minutes}m${two(whole % 60)}s` : `${whole}s`;
}

/** A bar of `width` cells for a part in [0, 1]. */
export function formatBar(part: number, width: number): string {
  const full = Math.round(Math.min(Math.max(part, 0), 1) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`;
}
