export { authSecretFile, loadAuthSecret } from './auth-secret.ts';
export { settingsFromValues, type GivenSettings } from './from-values.ts';
export { makeFolder } from './folder.ts';
export { InvalidSettings, loadSettings, processSource, readSettings, settingNames } from './load.ts';
export type { SettingsReport, SettingsSource } from './load.ts';
export type { Settings } from './settings.ts';
