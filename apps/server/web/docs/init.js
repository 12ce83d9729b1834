// Shows this server's own OpenAPI document. The URL is relative, so that it also works below a
// path of a reverse proxy, and nothing is asked of any other host.
SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
