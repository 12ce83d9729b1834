// Shows this server's own OpenAPI document. The page's link to it is relative, so that this also
// works below a path of a reverse proxy, and nothing is asked of any other host.
SwaggerUIBundle({
  url: document.getElementById('openapi').href,
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
