// npm run build:native
export const SOURCES_SHA256 = '0a1f87f928f501b5798f5c05370d024ec2543cf20e58d4ef871a2c7ee86ee830';
