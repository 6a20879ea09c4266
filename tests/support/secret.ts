/** AUTH_SECRET of whatever the tests open. */
export const secret = 'a secret of at least thirty-two bytes';
