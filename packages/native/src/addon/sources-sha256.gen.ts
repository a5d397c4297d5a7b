// npm run build:native
export const SOURCES_SHA256 = '3ac42a90ec2444701009b0636d7437a945753fb43ad571030d83faeb278ee1e8';
