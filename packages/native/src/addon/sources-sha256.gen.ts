// npm run build:native
export const SOURCES_SHA256 = 'd131626e289056512eaf99023925df26200e7bdd8b8f9c24b8a20bb919c1a8b4';
