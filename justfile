# The same steps as ./dev, for those who like just.

default:
    @./dev help

# Install what is missing, build, and walk through the story on a throw-away PostgreSQL
demo *arguments:
    ./dev demo {{arguments}}

# Every check and every test
test:
    ./dev test

# Build and start Steersman
up *arguments:
    ./dev up {{arguments}}

# Measure: start, funnel, events, local, chaos
bench name *arguments:
    ./dev bench {{name}} {{arguments}}

fmt:
    ./dev fmt
