/**
 * Whether a property exists for a caller who reads: private ones are there for admins only, writeOnly ones for nobody.
 * One that does not is treated in queries exactly like a name that was never declared.
 */
export function isVisible(
  property: { readonly private: boolean; readonly writeOnly: boolean },
  admin: boolean,
): boolean {
  return !property.writeOnly && (admin || !property.private);
}
