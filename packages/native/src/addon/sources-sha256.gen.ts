// npm run build:native
export const SOURCES_SHA256 = '22808981e8dcbb2f1262e96669beb8aa09142f56cb0c0d3288bc67b0c07c968c';
