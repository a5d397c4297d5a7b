// npm run build:native
export const SOURCES_SHA256 = '4d5fc425bb6e5bad1b1a0f523ce02dfd243da0972bf884ad590ae0d2a49961f0';
