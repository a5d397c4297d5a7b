// npm run build:native
export const SOURCES_SHA256 = 'e62d9442105380b432a2be333dd25ebbaa7ed44b807acb70fb9f7a1a6895bdef';
