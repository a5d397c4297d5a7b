// npm run build:native
export const SOURCES_SHA256 = '3f59cdc37ea4b5deaa47d0374eac862a84c04571af11c97c68b0e5e32d6570e7';
