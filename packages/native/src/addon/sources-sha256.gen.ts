// npm run build:native
export const SOURCES_SHA256 = 'be63e54de2d42d03b779887862995b3d6290a66692f388c4c4c6470a19181062';
