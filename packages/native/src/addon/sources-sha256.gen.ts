// npm run build:native
export const SOURCES_SHA256 = 'eb8a9fe2425c7b8823a2555669070f24d8731c53240351db6d1ecf0eaf1c985b';
