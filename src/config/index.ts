export { authSecretFile, loadAuthSecret } from './auth-secret.ts';
export { settingsFromValues, type GivenSettings } from './from-values.ts';
export { makeFolder } from './folder.ts';
export { InvalidSettings, loadSettings, ownSource, readSettings, settingNames } from './load.ts';
export type { Reading, SettingsSource } from './load.ts';
export type { Settings } from './settings.ts';
