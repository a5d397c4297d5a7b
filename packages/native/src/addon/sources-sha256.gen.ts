// npm run build:native
export const SOURCES_SHA256 = '1991a90c1059a53d7811e73ed157608c923efb278807fcee6e321ac2a8ae089f';
