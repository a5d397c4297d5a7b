// npm run build:native
export const SOURCES_SHA256 = 'd7827549276a9d348f5ebcd11c1a691ac57617c36c6a356164060887b8df46d0';
