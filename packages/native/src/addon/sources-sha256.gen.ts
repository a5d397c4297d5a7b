// npm run build:native
export const SOURCES_SHA256 = '7f988fc1f1902103eaa3104aac94ce813d82f7780eaa84cb3633e9eab86840b3';
