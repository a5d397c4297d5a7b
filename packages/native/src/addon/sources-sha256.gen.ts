// npm run build:native
export const SOURCES_SHA256 = '49351c03999be0dbcf2ddbfb6e287678e5f0f4603333f8101b91b14580bd09c7';
