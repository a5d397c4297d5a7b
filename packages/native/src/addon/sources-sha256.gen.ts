// npm run build:native
export const SOURCES_SHA256 = '5a86ce2dafd2c80c844f878997fe2d55c41d4c9bdffa45b57ec1aa5e1ce23038';
