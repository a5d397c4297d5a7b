// npm run build:native
export const SOURCES_SHA256 = 'b570daa77366039a8d18d942e4a169d86e3b22378baf12c3f9495ea160cf5b51';
