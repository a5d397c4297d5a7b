// npm run build:native
export const SOURCES_SHA256 = '51f17d0ddbc3577ce8d059a0de4e51b2bfa38ad2b3da963a257ff2964c89e972';
