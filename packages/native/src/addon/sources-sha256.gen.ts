// npm run build:native
export const SOURCES_SHA256 = '91eaddd4eb8637a1aca10bfed57c4931f21639869917dcf67b6e63f73b49da77';
