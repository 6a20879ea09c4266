/**
 * Scalar's viewer with everything from this host. It writes its style sheets into the page, and its fonts and icons
 * are data: in them; it may talk to this service only.
 */
export const docsSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
  "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Starts the viewer, with everything off that would call its maker's hosts. */
export const docsScript = {
  name: 'start.js',
  text: `Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
});
`,
} as const;

/** The page at `/docs`. `bundle` is the file name of the viewer's script. */
export function docsPage(bundle: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plinth API reference</title>
<link rel="icon" href="data:,">
</head>
<body>
<div id="reference"></div>
<script src="/docs/${bundle}"></script>
<script src="/docs/${docsScript.name}"></script>
</body>
</html>
`;
}
