const distinctMin = 8;
const periodMin = 16;

/** What examples and templates put where a secret belongs, without case and punctuation. */
const placeholders = [
  'changeme',
  'changethis',
  'changeit',
  'replaceme',
  'replacethis',
  'replacewith',
  'placeholder',
  'yoursecret',
  'yourauthsecret',
  'yourown',
  'yourvery',
  'yoursuper',
  'mysecret',
  'mysuper',
  'supersecret',
  'topsecret',
  'verysecret',
  'secretkey',
  'authsecret',
  'defaultsecret',
  'devsecret',
  'developmentsecret',
  'notsosecret',
  'notasecret',
  'insertyour',
  'putyour',
  'enteryour',
  'opensslrand',
  'keyboardcat',
  'correcthorsebattery',
];

/** Whether a secret can be guessed: few characters, a short text over and over, a row of neighbours, a placeholder. */
export function isWeakSecret(secret: string): boolean {
  const letters = secret.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return (
    new Set(secret).size < distinctMin ||
    shortestPeriod(secret) < periodMin ||
    isRow(secret) ||
    placeholders.some((placeholder) => letters.includes(placeholder))
  );
}

/** The length of the shortest text that gives this one when it is repeated, the last time perhaps in part. */
function shortestPeriod(text: string): number {
  for (let period = 1; period < text.length; period++) {
    if (text.startsWith(text.slice(period))) return period;
  }
  return text.length;
}

/** `0123…`, `abcd…`: three in four characters are neighbours of the one before them, or the same. */
function isRow(text: string): boolean {
  let neighbours = 0;
  for (let index = 1; index < text.length; index++) {
    if (Math.abs(text.charCodeAt(index) - text.charCodeAt(index - 1)) <= 1) neighbours += 1;
  }
  return neighbours >= (text.length - 1) * 0.75;
}
