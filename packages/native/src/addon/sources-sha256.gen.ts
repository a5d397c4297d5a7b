// npm run build:native
export const SOURCES_SHA256 = '57a442e675d940b12293099141dde65a9491ebe9a74cba4956290216154a26a3';
