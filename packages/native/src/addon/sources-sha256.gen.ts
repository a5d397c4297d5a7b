// npm run build:native
export const SOURCES_SHA256 = 'bcbf3823941104e94d4c6b14423bcbe581aac5cb29dddcf477cd33d0138f57cf';
