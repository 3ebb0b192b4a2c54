export const dynamic = 'force-dynamic';

export function GET() {
  return Response.json({ pid: process.pid, instance: process.env.NODE_APP_INSTANCE });
}
