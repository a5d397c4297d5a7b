// npm run build:native
export const SOURCES_SHA256 = 'ad3d28924522930eec8e6f57c0ad498caf9dbdc4ebbbc5f24032f9272b114208';
