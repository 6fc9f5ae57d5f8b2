from localcloud.services.common import serve
from localcloud.services.kubernetes.routes import create_app
from localcloud.settings import LocalCloud

if __name__ == "__main__":
    cloud = LocalCloud.from_environment()
    serve(create_app(cloud), cloud.port_of("kubernetes"))
